// Official clients of every version and mode on several servers that are one cluster.
//
//   node talk.mjs '{"urls":["http://198.18.0.10:6001","http://198.18.0.11:6001"],"addresses":["198.18.0.129"]}'
//
// Each speaker numbers what it says. A listener has to hear each number that is for it once, in order, and no other.
import assert from "node:assert/strict";
import { connect, connected, modes, refusal, request, upgraded, versions } from "../../clients/connect.mjs";
import { check, finish, input } from "../../clients/outcome.mjs";

const { urls, addresses } = input();
const deadline = 60_000;
const rounds = 25;
const rooms = 5;

const kinds = Object.keys(versions).flatMap((version) => Object.keys(modes).map((mode) => [version, mode]));
const clients = urls.flatMap((url, host) =>
  kinds.map(([version, mode], kind) => {
    const index = host * kinds.length + kind;
    const options = { localAddress: addresses[index % addresses.length], keepAlive: index % 2 === 0 };
    return { index, version, mode, name: `${version} ${mode} on ${host}`, socket: connect(version, mode, url, options), ended: [] };
  }),
);

const everyone = (step) => Promise.all(clients.map(step));
const room = (client) => `room ${client.index % rooms}`;
const numbers = Array.from({ length: rounds }, (_, i) => i);

// hear collects what the client hears of an event, by speaker, until it has heard as much as it should.
function hear(client, event, wanted) {
  const heard = new Map();
  let left = wanted.size * rounds;
  return new Promise((resolve, reject) => {
    client.socket.on(event, (from, number) => {
      if (!wanted.has(from)) return reject(new Error(`${client.name} hears ${from}, which was not for it`));
      if (!heard.has(from)) heard.set(from, []);
      heard.get(from).push(number);
      // whatever else is on its way comes before what is said next, which is looked at when all is over
      if (--left === 0) resolve(heard);
      if (left < 0) reject(new Error(`${client.name} hears ${from} ${number} too much`));
    });
  });
}

// say has everybody say its numbers, and checks what everybody hears.
async function say(event, to, wanted) {
  const ears = clients.map((c) => hear(c, event, new Set(clients.filter((from) => wanted(from, c)).map((from) => from.name))));
  await everyone(async (c) => {
    for (const number of numbers) {
      const args = ["broadcast", to(c), event, c.name, number];
      if (number % 10 === 9) await request(c.socket, ...args);
      else c.socket.emit(...args);
    }
  });
  const all = await Promise.all(ears);
  all.forEach((heard, i) => {
    for (const [from, what] of heard) assert.deepEqual(what, numbers, `${clients[i].name} hears ${from}`);
  });
}

await check("clients", "connect", () =>
  everyone(async (c) => {
    await connected(c.socket, c.version);
    if (c.mode === "upgrade") await upgraded(c.socket);
    for (const event of ["disconnect", refusal(c.version)]) c.socket.on(event, (why) => c.ended.push(String(why)));
  }), deadline);

await check("talk", "acknowledgements", () =>
  everyone(async (c) => {
    c.socket.on("question", (number, answer) => answer([c.name, number]));
    for (const number of numbers) assert.deepEqual(await request(c.socket, "ask", 30_000, number), [[c.name, number]]);
  }), deadline);

await check("talk", "everybody", () => say("all", () => ({ from: "server" }), () => true), deadline);

await check("talk", "everybody else", () => say("others", () => ({ from: "socket" }), (from, c) => from !== c), deadline);

// what a room is told right after the last join was acknowledged reaches everybody in it
await check("talk", "rooms", async () => {
  await everyone(async (c) => assert.deepEqual(await request(c.socket, "join", room(c)), ["joined"]));
  await say("room", (c) => ({ from: "server", rooms: [room(c)] }), (from, c) => room(from) === room(c));
}, deadline);

// each to the one that follows it on the next server
await check("talk", "one socket", async () => {
  const next = (c) => clients[(c.index + kinds.length + 1) % clients.length];
  await say("one", (c) => ({ from: "server", rooms: [next(c).socket.id] }), (from, c) => next(from) === c);
}, deadline);

// a last word behind everything else: whoever has heard something twice by now has said so
await check("talk", "the last word", () => say("last", () => ({ from: "server" }), () => true), deadline);

await check("clients", "stay connected", async () => {
  for (const c of clients) assert.deepEqual(c.ended, [], c.name);
});

finish();

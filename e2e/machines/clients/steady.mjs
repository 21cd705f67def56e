// Official clients of every version and mode that talk on and on, while something happens to their servers.
//
//   node steady.mjs '{"urls":["http://198.18.0.10:6001","http://198.18.0.11:6001"],"addresses":["198.18.0.129"],"pause":200,"ways":["everybody"],"deadline":60000}'
//
// Three clients of each server say numbers, in these ways: to everybody, to a room that has members on every server, to one socket of the next
// server.
// Everybody notes what comes twice, too early or out of order, and every end of its connection.
//
// It says {"ready":true} when all are connected and in their rooms. Then it takes one order a line, and answers each with a line:
//   {"hear":30,"on":[0,1]}  when all clients of these servers have heard so many more
//   {"end":true}            the speakers end, and when everybody has heard all that it should: results
import readline from "node:readline";
import { connect, connected, modes, refusal, request, upgraded, versions } from "../../clients/connect.mjs";
import { check, finish, input } from "../../clients/outcome.mjs";

const { urls, addresses, pause, ways: names, deadline } = input();
const rooms = 3;
const loud = ["2.5.0 polling", "4.8.4 websocket", "4.8.4 upgrade"];
const kinds = Object.keys(versions).flatMap((version) => Object.keys(modes).map((mode) => [version, mode]));

const clients = urls.flatMap((url, host) =>
  kinds.map(([version, mode], kind) => {
    const index = host * kinds.length + kind;
    const options = { localAddress: addresses[index % addresses.length], keepAlive: index % 2 === 0 };
    const client = { index, host, version, mode, kind: `${version} ${mode}`, room: `room ${kind % rooms}`, heard: new Map(), total: 0, faults: [], said: {} };
    client.name = `${client.kind} on ${host}`;
    client.socket = connect(version, mode, url, options);
    return client;
  }),
);
const speakers = clients.filter((c) => loud.includes(c.kind));
const next = (c) => clients[(c.index + kinds.length + 1) % clients.length];

// what is said, and for whom it is
const known = {
  everybody: { to: () => ({ from: "server" }), reaches: () => true },
  room: { to: (c) => ({ from: "server", rooms: [c.room] }), reaches: (from, c) => from.room === c.room },
  one: { to: (c) => ({ from: "server", rooms: [next(c).socket.id] }), reaches: (from, c) => next(from) === c },
};
const ways = Object.fromEntries(names.map((name) => [name, known[name]]));

const changed = new EventTarget();
const until = (condition) =>
  new Promise((resolve) => {
    const look = () => {
      if (!condition()) return;
      changed.removeEventListener("heard", look);
      resolve();
    };
    changed.addEventListener("heard", look);
    look();
  });

function listen(client) {
  for (const way of names) {
    client.socket.on(way, (from, number) => {
      const key = `${way} of ${from}`;
      const before = client.heard.get(key) ?? 0;
      if (number !== before + 1) client.faults.push(`${way} ${number} of ${from} after ${before}`);
      if (!ways[way].reaches(clients.find((c) => c.name === from), client)) client.faults.push(`${way} ${number} of ${from}, which was not for it`);
      client.heard.set(key, Math.max(number, before));
      client.total++;
      changed.dispatchEvent(new Event("heard"));
    });
  }
  for (const event of ["disconnect", refusal(client.version)]) {
    client.socket.on(event, (why) => ending || client.faults.push(`${event}: ${why?.message ?? why}`));
  }
}

function speak(client) {
  let turn = 0;
  return setInterval(() => {
    const way = names[turn++ % names.length];
    client.said[way] = (client.said[way] ?? 0) + 1;
    client.socket.emit("broadcast", ways[way].to(client), way, client.name, client.said[way]);
  }, pause);
}

// missing is what a client has not heard of what was for it.
const missing = (client) =>
  speakers.flatMap((from) =>
    names
      .filter((way) => ways[way].reaches(from, client) && (client.heard.get(`${way} of ${from.name}`) ?? 0) < (from.said[way] ?? 0))
      .map((way) => `hears ${client.heard.get(`${way} of ${from.name}`) ?? 0} of ${from.said[way]} ${way} of ${from.name}`),
  );

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
let ending = false;

await check("clients", "connect", () =>
  Promise.all(
    clients.map(async (c) => {
      await connected(c.socket, c.version);
      if (c.mode === "upgrade") await upgraded(c.socket);
      listen(c);
      await request(c.socket, "join", c.room);
    }),
  ), deadline);
const talk = speakers.map(speak);
say({ ready: true });

for await (const line of readline.createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.end) break;
  const listeners = clients.filter((c) => order.on.includes(c.host));
  const totals = listeners.map((c) => c.total + order.hear);
  await until(() => listeners.every((c, i) => c.total >= totals[i]));
  say({ heard: order.hear });
}
talk.forEach(clearInterval);
const said = speakers.reduce((sum, c) => sum + Object.values(c.said).reduce((a, b) => a + b, 0), 0);
const whole = until(() => clients.every((c) => missing(c).length === 0));
await Promise.race([whole, new Promise((resolve) => setTimeout(resolve, deadline))]);
ending = true;
for (const c of clients) await check("clients", c.name, () => {
  const faults = [...c.faults, ...missing(c)];
  if (faults.length > 0) throw new Error(faults.slice(0, 10).join("; ") + (faults.length > 10 ? ` and ${faults.length - 10} more` : ""));
});
finish({ said, heard: clients.reduce((sum, c) => sum + c.total, 0), clients: clients.length });

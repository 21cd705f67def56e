// Many official clients behind a proxy, who all talk at once.
//
//   node crowd.mjs '{"url":"http://127.0.0.1","clients":200,"speakers":12,"numbers":20,"rest":0,"deadline":60000}'
//
// Clients 2.x and 4.x, each by polling, by WebSocket and with an upgrade, each from an address of its own; half keep their TCP
// connections, as browsers do. Every fifth lies about its address in X-Forwarded-For. The speakers say numbers to everybody, and each
// client says some to the next one alone, while upgrades are still under way, or after so many milliseconds of rest in which only heartbeats
// pass.
//
// Outcome: clients, each with name, address, seen (handshake.address), pid (of its worker, 0 for none), transport at the end, faults.
import { connect, connected, modes, request, upgraded } from "../../clients/connect.mjs";
import { input } from "../../clients/outcome.mjs";

const { url, clients: count, speakers, numbers, rest, deadline } = input();
const farewell = 10_000; // for clients that never came
const official = ["2.5.0", "4.8.4"];
const kinds = official.flatMap((version) => Object.keys(modes).map((mode) => [version, mode]));

// No two addresses share their first three numbers, which is what nginx's ip_hash looks at.
const addressOf = (i) => `127.${1 + (i % 250)}.${(37 * i) % 256}.${1 + (i % 200)}`;

// hear enters a number: each sender counts from 1.
function hear(client, heard, from, number) {
  const before = heard.get(from) ?? 0;
  if (number !== before + 1) client.faults.push(`${number} of ${from} after ${before}`);
  heard.set(from, Math.max(number, before));
  client.entered();
}

function open(i) {
  const [version, mode] = kinds[i % kinds.length];
  const client = { name: `${i} ${version} ${mode}`, version, mode, address: addressOf(i), faults: [], all: new Map(), alone: new Map() };
  client.entered = () => {};
  const fault = (what) => (reason) => closing || client.faults.push(`${what}: ${reason?.message ?? reason}, ${new Date().toISOString()}`);
  const extraHeaders = i % 5 === 0 ? { "X-Forwarded-For": "203.0.113.9" } : {};
  const socket = connect(version, mode, url, { localAddress: client.address, keepAlive: i % 4 < 2, extraHeaders });
  socket.on("disconnect", fault("disconnected"));
  socket.io.on("reconnect_attempt", fault("connects again"));
  socket.io.engine.on("error", fault("engine"));
  socket.io.engine.on("upgradeError", fault("upgrade"));
  socket.on("everybody", (from, number) => hear(client, client.all, from, number));
  socket.on("you", (from, number) => hear(client, client.alone, from, number));
  client.socket = socket;
  return client;
}

async function introduce(client) {
  await connected(client.socket, client.version);
  const [[who], [how]] = await Promise.all([request(client.socket, "whoami"), request(client.socket, "info")]);
  Object.assign(client, { id: who.id, pid: who.pid, seen: how.address });
}

// speak says numbers without waiting for answers, but for the last one's.
async function speak(client, how, event) {
  for (let n = 1; n < numbers; n++) client.socket.emit("broadcast", how, event, client.name, n);
  await request(client.socket, "broadcast", how, event, client.name, numbers);
}

// listen resolves when the client has heard the last number of everybody whom it is to hear.
const listen = (client, loud, before) =>
  new Promise((resolve) => {
    client.entered = () => {
      if (client.alone.get(before.name) >= numbers && loud.every((l) => client.all.get(l.name) >= numbers)) resolve();
    };
    client.entered();
  });

let closing = false;
const clients = Array.from({ length: count }, (_, i) => open(i));

async function everything() {
  await Promise.all(clients.map(introduce));
  if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
  const loud = clients.slice(0, speakers);
  const listening = clients.map((c, i) => listen(c, loud, clients.at(i - 1)));
  await Promise.all([
    ...loud.map((c) => speak(c, { from: "server" }, "everybody")),
    ...clients.map((c, i) => speak(c, { from: "server", rooms: [clients[(i + 1) % count].id] }, "you")),
  ]);
  await Promise.all(listening);
  await Promise.all(clients.filter((c) => c.mode === "upgrade").map((c) => upgraded(c.socket)));
}

// missing says what a client has not heard by the deadline.
function missing(client, i) {
  const said = (heard, from) => {
    const last = heard.get(from.name) ?? 0;
    if (last < numbers) client.faults.push(`hears ${last} of ${numbers} of ${from.name}`);
  };
  if (client.id === undefined) client.faults.push("did not connect");
  clients.slice(0, speakers).forEach((from) => said(client.all, from));
  said(client.alone, clients.at(i - 1));
}

// leave resolves when a client has said goodbye, and by polling has been answered: a connection that is cut off before that ends its
// session, and what comes behind it finds none.
const leave = ({ socket }) =>
  new Promise((resolve) => {
    const { engine } = socket.io;
    engine.once("close", () => (engine.transport.name === "polling" ? engine.transport.once("drain", resolve) : resolve()));
    socket.close();
  });

async function finish() {
  closing = true;
  clients.forEach(missing);
  const outcome = clients.map(({ name, address, seen, pid, faults, mode, socket }) => {
    const transport = socket.io.engine.transport.name;
    if (transport !== (mode === "polling" ? "polling" : "websocket")) faults.push(`is on ${transport}`);
    return { name, address, seen, pid, transport, faults };
  });
  await Promise.race([Promise.all(clients.map(leave)), new Promise((resolve) => setTimeout(resolve, farewell))]);
  process.stdout.write(JSON.stringify({ clients: outcome }), () => process.exit(0));
}

const failure = (error) => clients[0].faults.push(String(error));
await Promise.race([everything().catch(failure), new Promise((resolve) => setTimeout(resolve, deadline))]);
await finish();

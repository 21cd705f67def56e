// Every version of the client with every mode does every check, all of them at once; then they talk to each other.
//
//   node matrix.mjs '{"url":"http://127.0.0.1:3000"}'
//
// Outcome: results; workers: process ids by client, so that the caller sees how they were spread.
import { checks } from "./checks.mjs";
import { connect, connected, modes, request, upgraded, versions } from "./connect.mjs";
import { check, finish, input } from "./outcome.mjs";
import { talk } from "./talk.mjs";

const { url } = input();
const clients = [];
const workers = {};

const kinds = Object.keys(versions).flatMap((version) => Object.keys(modes).map((mode) => ({ version, mode })));

async function open(kind, index) {
  const name = `${kind.version} ${kind.mode}`;
  const address = `127.0.${index + 1}.${17 * index + 1}`;
  // half of the clients keep their TCP connections, as browsers do
  const options = { localAddress: address, keepAlive: index % 2 === 1 };
  await check(name, "connect", async () => {
    const socket = await connected(connect(kind.version, kind.mode, url, options), kind.version);
    if (kind.mode === "upgrade") await upgraded(socket);
    const [{ slot, pid }] = await request(socket, "whoami");
    workers[name] = { slot, pid };
    clients.push({ ...kind, name, address, options, url, socket });
  });
}

async function exercise(client) {
  const { version, mode, options } = client;
  const open = async (namespace, more) => {
    const socket = await connected(connect(version, mode, url + namespace, { ...options, ...more }), version);
    if (mode === "upgrade") await upgraded(socket);
    return socket;
  };
  await Promise.all(Object.entries(checks).map(([name, step]) => check(client.name, name, () => step({ ...client, open }))));
}

await Promise.all(kinds.map(open));
await Promise.all(clients.map(exercise));
await talk(clients);
for (const { socket } of clients) socket.close();
finish({ workers });

// Official clients join rooms and are spoken to from another server in the moment in which that is acknowledged.
//
//   node joins.mjs '{"urls":["http://198.18.0.10:6001","http://198.18.0.11:6001"],"addresses":["198.18.0.129"],"rounds":2000}'
//
// One client of each version and mode listens, each with a speaker on the next server. The rounds are shared out among them.
import assert from "node:assert/strict";
import { connect, connected, modes, refusal, request, upgraded, versions } from "../../clients/connect.mjs";
import { check, finish, input } from "../../clients/outcome.mjs";

const { urls, addresses, rounds } = input();
const deadline = 120_000;
const kinds = Object.keys(versions).flatMap((version) => Object.keys(modes).map((mode) => [version, mode]));
let joins = 0;

const open = async (version, mode, host, i) => {
  const socket = connect(version, mode, urls[host % urls.length], { localAddress: addresses[i % addresses.length], keepAlive: i % 2 === 0 });
  await connected(socket, version);
  if (mode === "upgrade") await upgraded(socket);
  for (const event of ["disconnect", refusal(version)]) socket.on(event, (why) => assert.fail(`${version} ${mode}: ${event} ${why}`));
  return socket;
};

await Promise.all(kinds.map(([version, mode], kind) => check("joins", `${version} ${mode}`, async () => {
  const listener = await open(version, mode, kind, 2 * kind);
  const speaker = await open("4.8.4", "websocket", kind + 1, 2 * kind + 1);
  const heard = [];
  let wake = () => {};
  listener.on("said", (room) => {
    heard.push(room);
    wake();
  });
  const own = Math.floor(rounds / kinds.length) + (kind < rounds % kinds.length ? 1 : 0);
  for (let round = 0; round < own; round++) {
    const room = `round ${round} of ${version} ${mode}`;
    await request(listener, "join", room);
    const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`${room} is lost`)), deadline / 4).unref());
    const said = new Promise((resolve) => (wake = resolve));
    speaker.emit("broadcast", { from: "server", rooms: [room] }, "said", room);
    await Promise.race([said, late]);
    assert.deepEqual(heard.splice(0), [room]);
    await request(listener, "leave", room);
    joins++;
  }
}, deadline)));
finish({ joins });

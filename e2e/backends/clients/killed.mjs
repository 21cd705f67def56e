// Clients that go on asking while one of two processes of the application is killed.
//
//   node killed.mjs '{"url":"http://127.0.0.1:3000","pid":4711}'
//
// The process is stopped first, until something that it was to answer has timed out: so there is more that it has when it is killed.
import assert from "node:assert/strict";
import { request } from "../../clients/connect.mjs";
import { check, finish, input } from "../../clients/outcome.mjs";
import { inside } from "./come.mjs";

const { url, pid } = input();
const speakers = 40;
const acknowledged = 3; // a packet's type

const heard = new Map(); // how often the watcher has heard each text
const order = Array.from({ length: speakers }, () => []);
const answers = new Map(); // by text
const doubled = [];
let over = false;
let progress = () => {};

const count = (code) => [...answers.values()].filter((answer) => (answer.error?.code ?? answer) === code).length;
const until = (so) =>
  new Promise((resolve) => {
    progress = () => so() && resolve();
    progress();
  });

const watcher = await inside("4.8.4", "websocket", url, "watcher");
watcher.on("said", ({ text }) => {
  heard.set(text, (heard.get(text) ?? 0) + 1);
  const [i, n] = text.split(".").map(Number);
  order[i].push(n);
  progress();
});

async function speak(i) {
  const version = i % 2 ? "4.8.4" : "2.5.0";
  const socket = await inside(version, "websocket", url, `speaker ${i}`, { localAddress: `127.0.1.${i + 1}` });
  const room = `room ${i}`;
  const seen = new Set();
  socket.io.on("packet", ({ type, id }) => {
    if (type !== acknowledged) return;
    if (seen.has(id)) doubled.push(`${i} ${id}`);
    seen.add(id);
  });
  assert.deepEqual(await request(socket, "join", { room }), ["ok"]);
  assert.deepEqual(await request(watcher, "join", { room }), ["ok"]);
  for (let n = 0; !over; n++) {
    const text = `${i}.${n}`;
    answers.set(text, (await request(socket, "say", { room, text }))[0]);
    progress();
  }
}

await check("two processes", "one is killed", async () => {
  const all = Promise.all(Array.from({ length: speakers }, (_, i) => speak(i)));
  await until(() => count("ok") > 500);
  process.kill(pid, "SIGSTOP");
  await until(() => count("backend_timeout") > 0);
  process.kill(pid, "SIGKILL");
  const before = count("ok");
  await until(() => count("ok") > before + 1000);
  over = true;
  await all;
}, 60_000);
await check("two processes", "all is answered or times out", () => {
  for (const [text, answer] of answers) {
    if (answer === "ok") continue;
    assert.equal(answer.error?.code, "backend_timeout", `${text}: ${JSON.stringify(answer)}`);
    assert.ok(answer.error.message);
  }
});
await check("two processes", "nothing is answered twice", () => assert.deepEqual(doubled, []));
await check("two processes", "nothing is handled twice, and all that is answered once", async () => {
  await until(() => [...answers].every(([text, answer]) => answer !== "ok" || heard.has(text)));
  assert.deepEqual([...heard].filter(([, times]) => times > 1), []);
});
await check("two processes", "in order", () => {
  for (const said of order) assert.deepEqual(said, said.toSorted((a, b) => a - b));
});
finish({ answered: count("ok"), timedOut: count("backend_timeout") });

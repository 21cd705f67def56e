// Who is there when a worker is killed, whose clients do not come back.
//
//   node presence.mjs '{"url":"http://127.0.0.1:3000","worker":4711,"tells":true}'
//
// tells: the application says who has left also of a worker that was killed.
import assert from "node:assert/strict";
import { once } from "../../clients/connect.mjs";
import { check, finish, input } from "../../clients/outcome.mjs";
import { heard, inside, who } from "./come.mjs";

const { url, worker, tells } = input();
const homeOf = ({ id }) => id.slice(-28, -24); // which worker a socket is at

const names = Array.from({ length: 24 }, (_, i) => `person ${String(i).padStart(2, "0")}`);
const people = await Promise.all(names.map((name, i) => inside(i % 2 ? "4.8.4" : "2.5.0", "websocket", url, name)));
const told = people.map(() => []);
const homes = people.map(homeOf);
people.forEach((socket, i) => socket.on("left", ({ name }) => told[i].push(name)));
let survivors = [];
let dead = [];

await check("presence", "all are there", async () => assert.deepEqual(await who(people[0], "lobby"), names));

await check("presence", "those of the worker have gone", async () => {
  const first = Promise.race(people.map((socket, i) => once(socket, "disconnect").then(() => i)));
  process.kill(worker, "SIGKILL");
  const home = homes[await first];
  dead = names.filter((_, i) => homes[i] === home);
  survivors = names.filter((_, i) => homes[i] !== home);
  assert.ok(dead.length > 0 && survivors.length > 0, `${dead.length} of ${names.length}`);
  const asks = people[names.indexOf(survivors[0])];
  while (JSON.stringify(await who(asks, "lobby")) !== JSON.stringify(survivors)); // each answer is waited for
}, 30_000);

await check("presence", "each is told once", async () => {
  const alive = survivors.map((name) => names.indexOf(name));
  const complete = () => alive.every((i) => told[i].length >= dead.length);
  if (tells) {
    await new Promise((resolve) => {
      for (const i of alive) people[i].on("left", () => complete() && resolve());
      if (complete()) resolve();
    });
  }
  // What is told after this was told after all of the above.
  const last = heard(people[alive[0]], "joined", { name: "last" });
  await inside("4.8.4", "websocket", url, "last");
  await last;
  for (const i of alive) assert.deepEqual(told[i].sort(), tells ? dead : [], names[i]);
}, 30_000);
finish();

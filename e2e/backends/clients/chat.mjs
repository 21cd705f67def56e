// Clients that chat.
//
//   node chat.mjs '{"url":"http://127.0.0.1:3000"}'
import assert from "node:assert/strict";
import { modes, request, versions } from "../../clients/connect.mjs";
import { check, finish, input } from "../../clients/outcome.mjs";
import { heard, inside, refused, who } from "./come.mjs";

const { url } = input();

async function refuses(version, mode) {
  const { message = "who are you?", data } = await refused(version, mode, url);
  assert.equal(message, "who are you?");
  assert.deepEqual(data, { code: "no_name" });
}

async function talks(version, mode) {
  const [ann, bob, room] = ["Ann", "Bob", "kitchen"].map((word) => `${word} ${version} ${mode}`);
  const first = await inside(version, mode, url, ann);
  const came = heard(first, "joined", { name: bob });
  const second = await inside(version, mode, url, bob);
  assert.deepEqual(await came, { room: "lobby", name: bob });

  const [outside] = await request(first, "say", { room, text: "anybody?" });
  assert.equal(outside.error.code, "not_in_room");
  assert.deepEqual(await request(first, "join", { room }), ["ok"]);
  const joined = heard(first, "joined", { room });
  assert.deepEqual(await request(second, "join", { room }), ["ok"]);
  assert.deepEqual(await joined, { room, name: bob });
  assert.deepEqual(await who(first, room), [ann, bob]);

  const [asked, answered] = [heard(second, "said", { room }), heard(first, "said", { room })];
  assert.deepEqual(await request(first, "say", { room, text: "tea?" }), ["ok"]);
  assert.deepEqual(await asked, { room, name: ann, text: "tea?" });
  assert.deepEqual(await request(second, "say", { room, text: "milk?" }), ["ok"]);
  assert.deepEqual(await answered, { room, name: bob, text: "milk?" }); // and not what she said herself

  const [wrong] = await request(first, "say");
  assert.ok(wrong.error.code && wrong.error.message, JSON.stringify(wrong));

  const left = heard(first, "left", { name: bob });
  second.close();
  assert.deepEqual(await left, { name: bob });
  assert.deepEqual(await who(first, room), [ann]);
  first.close();
}

const steps = { refuses, talks };
const all = [];
for (const version of Object.keys(versions)) {
  for (const mode of Object.keys(modes)) {
    for (const [name, step] of Object.entries(steps)) {
      all.push(check(`${version} ${mode}`, name, () => step(version, mode), 60_000));
    }
  }
}
await Promise.all(all);
finish();

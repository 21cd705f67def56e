// Who comes in, what a token gives, and how it ends.
//
//   node bearers.mjs '{"url":"http://127.0.0.1:3000","key":"-----BEGIN PRIVATE KEY…","other":"…"}'
import assert from "node:assert/strict";
import { modes, once, request, versions } from "../../clients/connect.mjs";
import { check, finish, input } from "../../clients/outcome.mjs";
import { inside, outcome } from "./come.mjs";
import { hmac, now, sign, unsigned } from "./sign.mjs";

const { url, key, other } = input();

async function judged(version, mode) {
  const tokens = {
    "": sign(key),
    token_missing: undefined,
    token_malformed: "x",
    token_expired: sign(key, { exp: now() - 60 }),
    token_not_yet: sign(key, { nbf: now() + 60 }),
  };
  for (const [code, token] of Object.entries(tokens)) assert.equal(await outcome(version, mode, url, token), code);
  for (const forged of [sign(other), hmac(key), unsigned(), sign(key, { iss: "them" }), sign(key, { aud: "us" })]) {
    assert.equal(await outcome(version, mode, url, forged), "token_refused");
  }
}

// given: rooms from the start, on whatever worker, and data.
async function given(version, mode) {
  const room = `vip ${version} ${mode}`;
  const member = await inside(version, mode, url, sign(key, { rooms: [room], data: { role: "admin" } }));
  const speaker = await inside("4.8.4", "websocket", url, sign(key, { sub: "bob" }));
  const heard = once(member, "news");
  await request(speaker, "broadcast", { from: "server", to: [room] }, "news", 7);
  assert.deepEqual(await heard, [7]);
  const [data] = await request(member, "recall");
  assert.equal(data.user, "ann");
  assert.deepEqual(data.data, { role: "admin" });
  member.close();
  speaker.close();
}

// ends: one of two whose tokens end soon gets a newer one.
async function ends(version, mode) {
  const soon = sign(key, { exp: now() - 3 }); // the clocks may differ by 5 s
  const [one, two] = await Promise.all([inside(version, mode, url, soon), inside(version, mode, url, soon)]);
  const told = once(one, "token_expired");
  const gone = once(one, "disconnect");
  const [refused] = await request(two, "token_refresh", sign(key, { sub: "bob" }));
  assert.equal(refused.error.code, "token_of_another");
  const [answer] = await request(two, "token_refresh", sign(key, { exp: now() + 3600 }));
  assert.ok(answer.expires > now() + 3000, JSON.stringify(answer));
  assert.equal((await told)[0].code, "token_expired");
  assert.equal((await gone)[0], "io server disconnect");
  assert.equal((await request(two, "recall"))[0].expires, answer.expires);
  two.close();
}

const steps = { judged, given, ends };
const all = [];
for (const version of Object.keys(versions)) {
  for (const mode of Object.keys(modes)) {
    for (const [name, step] of Object.entries(steps)) {
      all.push(check(`${version} ${mode}`, name, () => step(version, mode), 30_000));
    }
  }
}
await Promise.all(all);
finish();

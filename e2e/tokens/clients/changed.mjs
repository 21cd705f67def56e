// After the key has become another one.
//
//   node changed.mjs '{"url":"http://127.0.0.1:3000","key":"-----BEGIN PRIVATE KEY…","other":"…"}'
import assert from "node:assert/strict";
import { check, finish, input } from "../../clients/outcome.mjs";
import { outcome } from "./come.mjs";
import { sign } from "./sign.mjs";

const { url, key, other } = input();

// Each worker takes the new key up by itself, a moment after the line that says so.
async function until(token, code) {
  for (let inARow = 0; inARow < 8; ) {
    inARow = (await outcome("4.8.4", "websocket", url, token)) === code ? inARow + 1 : 0;
  }
}

await check("4.8.4 websocket", "the new key lets in", () => until(sign(other), ""), 30_000);
await check("4.8.4 websocket", "the old key does not", () => until(sign(key), "token_refused"), 30_000);
await check("2.5.0 polling", "nor for older clients", async () => assert.equal(await outcome("2.5.0", "polling", url, sign(key)), "token_refused"));
finish();

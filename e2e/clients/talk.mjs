// Clients of every kind talk to each other through one server.
import assert from "node:assert/strict";
import { asciiOnly, bytes, request } from "./connect.mjs";
import { check } from "./outcome.mjs";

// no character of a room's name may mean anything on the way
const room = "talk .*> /#,1[";
const unicodeRoom = "😀 ü.>\u0000\n";
const rounds = 5;

// told collects what a socket hears of one event until it has heard "end" from everybody it waits for.
function told(socket, event, enders) {
  const heard = [];
  return new Promise((resolve) => {
    socket.on(event, (from, what, data) => {
      if (what === "end") {
        if (--enders === 0) resolve(heard);
      } else {
        heard.push([from, what, data]);
      }
    });
    if (enders === 0) resolve(heard);
  });
}

const broadcast = (client, how, event, ...args) => request(client.socket, "broadcast", how, event, client.name, ...args);

export async function talk(clients) {
  await check("talk", "join", () => Promise.all(clients.map((c) => request(c.socket, "join", room))));
  await check("talk", "room", () => speakInRoom(clients));
  await check("talk", "binary", () => speakBinary(clients));
  await check("talk", "unicode", () => speakUnicode(clients.filter((c) => !asciiOnly(c.version, c.mode))));
  await check("talk", "everybody", () => speakToAll(clients));
  await check("talk", "except", () => speakExcept(clients));
  await check("talk", "left", () => leaveAndSpeak(clients));
}

// each speaks at once; each hears every other exactly once a message, in that one's order, and never itself
async function speakInRoom(clients) {
  const ears = clients.map((c) => told(c.socket, "said", clients.length - 1));
  await Promise.all(
    clients.map(async (c) => {
      for (let i = 0; i < rounds; i++) await broadcast(c, { from: "socket", rooms: [room] }, "said", i);
      await broadcast(c, { from: "socket", rooms: [room] }, "said", "end");
    }),
  );
  const all = await Promise.all(ears);
  clients.forEach((listener, l) => {
    for (const speaker of clients) {
      const numbers = all[l].filter(([from]) => from === speaker.name).map(([, i]) => i);
      const expected = speaker === listener ? [] : Array.from({ length: rounds }, (_, i) => i);
      assert.deepEqual(numbers, expected, `${listener.name} hears ${speaker.name}`);
    }
  });
}

async function speakBinary(clients) {
  const ears = clients.map((c) => told(c.socket, "sent", clients.length - 1));
  await Promise.all(
    clients.map(async (c) => {
      await broadcast(c, { from: "socket", rooms: [room] }, "sent", "and text", { deep: [Buffer.from(c.name)] });
      await broadcast(c, { from: "socket", rooms: [room] }, "sent", "end");
    }),
  );
  for (const heard of await Promise.all(ears)) {
    assert.equal(heard.length, clients.length - 1);
    for (const [from, text, { deep }] of heard) {
      assert.equal(text, "and text");
      assert.equal(bytes(deep[0]).toString(), from);
    }
  }
}

async function speakUnicode(clients) {
  await Promise.all(clients.map((c) => request(c.socket, "join", unicodeRoom)));
  const ears = clients.map((c) => told(c.socket, "ünï😀", clients.length - 1));
  await Promise.all(
    clients.map(async (c) => {
      await broadcast(c, { from: "socket", rooms: [unicodeRoom] }, "ünï😀", "你好", "\u2028");
      await broadcast(c, { from: "socket", rooms: [unicodeRoom] }, "ünï😀", "end");
    }),
  );
  for (const heard of await Promise.all(ears)) {
    assert.equal(heard.length, clients.length - 1);
    for (const [, text, separator] of heard) assert.deepEqual([text, separator], ["你好", "\u2028"]);
  }
}

// the server speaks to the whole namespace: the one that asked hears it too
async function speakToAll(clients) {
  const ears = clients.map((c) => told(c.socket, "all", 1));
  const [speaker] = clients;
  await broadcast(speaker, { from: "server" }, "all", "hear");
  await broadcast(speaker, { from: "server" }, "all", "end");
  for (const heard of await Promise.all(ears)) assert.deepEqual(heard, [[speaker.name, "hear", undefined]]);
}

// half of the clients are in a second room, which the message leaves out
async function speakExcept(clients) {
  const out = clients.filter((_, i) => i % 2 === 1);
  await Promise.all(out.map((c) => request(c.socket, "join", "out")));
  const ears = clients.map((c) => told(c.socket, "most", 1));
  const [speaker] = clients;
  await broadcast(speaker, { from: "server", rooms: [room], except: ["out"] }, "most", "hear");
  await broadcast(speaker, { from: "server", rooms: [room, "out"] }, "most", "end");
  const all = await Promise.all(ears);
  clients.forEach((c, i) => assert.equal(all[i].length, out.includes(c) ? 0 : 1, c.name));
}

// who has left hears nothing any more; the last word is for all
async function leaveAndSpeak(clients) {
  const [gone, ...rest] = clients;
  assert.deepEqual(await request(gone.socket, "leave", room), ["left"]);
  const ears = clients.map((c) => told(c.socket, "left", 1));
  await broadcast(rest[0], { from: "server", rooms: [room] }, "left", "hear");
  await broadcast(rest[0], { from: "server" }, "left", "end");
  const [silent, ...loud] = await Promise.all(ears);
  assert.equal(silent.length, 0);
  for (const heard of loud) assert.equal(heard.length, 1);
}

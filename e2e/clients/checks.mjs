// What every client must be able to do with one server: each check gets the connected socket and its circumstances.
import assert from "node:assert/strict";
import { asciiOnly, bytes, connect, connected, once, refusal, request, versions } from "./connect.mjs";

const words = "text, ünïcödé, 你好, 😀, \u2028\u2029, \u0000\u001e, \"quotes\" \\n";

export const checks = {
  async text({ socket }) {
    const args = ["plain", 1, -2.5, true, null, [1, [2]], { a: { b: "c" } }, ""];
    assert.deepEqual(await request(socket, "echo", ...args), args);
    const answer = once(socket, "echo");
    socket.emit("echo", "without ack");
    assert.deepEqual(await answer, ["without ack"]);
  },

  async unicode({ socket }) {
    assert.deepEqual(await request(socket, "echo", words, { [words]: [words] }), [words, { [words]: [words] }]);
  },

  async binary({ socket }) {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const [first, { second, text }, empty] = await request(socket, "echo", all, { second: Buffer.from("zwei"), text: words }, Buffer.alloc(0));
    assert.deepEqual(bytes(first), all);
    assert.equal(bytes(second).toString(), "zwei");
    assert.equal(text, words);
    assert.equal(bytes(empty).length, 0);
  },

  async large({ socket }) {
    const text = "€".repeat(100_000);
    const data = Buffer.alloc(200_000, "x");
    const [t, d] = await request(socket, "echo", text, data);
    assert.equal(t, text);
    assert.deepEqual(bytes(d), data);
  },

  async "server asks"({ socket }) {
    socket.on("question", (question, data, answer) => answer(question + "!", Buffer.concat([bytes(data), Buffer.from([3])])));
    const [answer] = await request(socket, "ask", 10_000, words, Buffer.from([1, 2]));
    // emitWithAck resolves with the first argument only
    assert.equal(answer, words + "!");
    socket.off("question");
    const [silence] = await request(socket, "ask", 50, "nobody answers");
    assert.deepEqual(silence, { error: "timeout" });
  },

  async order({ version, mode, socket }) {
    const numbers = [];
    const all = new Promise((resolve) => socket.on("number", (i) => numbers.push(i) === 200 && resolve()));
    socket.emit("many", 200, "number");
    await all;
    assert.deepEqual(numbers, Array.from({ length: 200 }, (_, i) => i));
    const text = asciiOnly(version, mode) ? "E" : "€";
    const mixed = [];
    const three = new Promise((resolve) => socket.on("mixed", (m) => mixed.push(m) === 3 && resolve()));
    socket.emit("mixed", text);
    await three;
    assert.equal(mixed[0], 1);
    assert.deepEqual([...bytes(mixed[1])], [1, 2, 3]);
    assert.equal(mixed[2].t, text);
    assert.deepEqual([...bytes(mixed[2].b)], [4]);
  },

  // an idle connection can be written to, but by polling it depends on whether a poll waits
  async volatile({ mode, open }) {
    const socket = await open("/");
    await request(socket, "echo");
    const arrives = once(socket, "now");
    socket.emit("volatile", "now", 1, Buffer.from([2]));
    await (mode === "polling" ? request(socket, "echo") : arrives);
    socket.close();
    if (mode === "polling") return;
    const [one, two] = await arrives;
    assert.equal(one, 1);
    assert.deepEqual([...bytes(two)], [2]);
  },

  async rooms({ socket, name }) {
    const own = socket.id;
    assert.deepEqual(await request(socket, "join", `room of ${name}`), ["joined"]);
    const [rooms] = await request(socket, "rooms");
    assert.deepEqual(rooms, [own, `room of ${name}`].sort());
    assert.deepEqual(await request(socket, "leave", `room of ${name}`), ["left"]);
    assert.deepEqual(await request(socket, "rooms"), [[own]]);
  },

  async data({ socket, name }) {
    assert.deepEqual(await request(socket, "recall"), [null]);
    assert.deepEqual(await request(socket, "remember", { name }), ["ok"]);
    assert.deepEqual(await request(socket, "recall"), [{ name }]);
  },

  async handshake({ version, mode, open, address }) {
    const word = asciiOnly(version, mode) ? "a b&c=u" : "a b&c=ü";
    const socket = await open("/", { query: { word }, extraHeaders: { "X-Word": "header" }, auth: { key: "value" } });
    const [info] = await request(socket, "info");
    socket.disconnect();
    assert.equal(info.query.word, word);
    assert.equal(info.query.transport, mode === "websocket" ? "websocket" : "polling");
    assert.equal(info.headers["x-word"], "header");
    assert.equal(info.path, "/socket.io/");
    assert.equal(info.address, address);
    assert.equal(info.secure, false);
    assert.equal(info.issued, true);
    if (versions[version].protocol === 5) assert.deepEqual(info.auth, { key: "value" });
  },

  async namespaces({ version, open }) {
    const chat = await open("/chat");
    const [{ id }] = await request(chat, "whoami");
    // 1.x does not prefix the namespace in its own idea of the id
    assert.equal(id, version.startsWith("1.") ? "/chat#" + chat.id : chat.id);
    if (versions[version].protocol === 4) assert.ok(id.startsWith("/chat#"));
    const data = Buffer.from([9]);
    const [text, back] = await request(chat, "echo", words, data);
    assert.equal(text, words);
    assert.deepEqual(bytes(back), data);
    chat.disconnect();
  },

  // two namespaces on one connection are two sockets; leaving one leaves the other alone
  async multiplexed({ version, mode, url, options }) {
    const root = await connected(connect(version, mode, url, options), version);
    const chat = await connected(root.io.socket("/chat", {}), version);
    const [[mine], [other]] = await Promise.all([request(root, "whoami"), request(chat, "whoami")]);
    assert.notEqual(mine.id, other.id);
    chat.on("echo", () => assert.fail("an event of / reached /chat"));
    const heard = once(root, "echo");
    root.emit("echo", "only here");
    await heard;
    assert.deepEqual(await request(chat, "echo", 1), [1]);
    chat.disconnect();
    assert.deepEqual(await request(root, "echo", 2), [2]);
    root.disconnect();
  },

  async "auth refused"({ version, mode, url, options }) {
    const socket = connect(version, mode, url + "/admin", { ...options, query: { token: "wrong" }, auth: { token: "wrong" } });
    const [error] = await once(socket, refusal(version));
    assert.equal(socket.connected, false);
    if (versions[version].protocol === 4) {
      assert.deepEqual(error, { code: 401, token: "wrong" });
    } else {
      assert.equal(error.message, "not allowed");
      assert.deepEqual(error.data, { code: 401, token: "wrong" });
    }
    socket.close();

    const closed = connect(version, mode, url + "/closed", options);
    const [reason] = await once(closed, refusal(version));
    assert.equal(versions[version].protocol === 4 ? reason : reason.message, "closed for all");
    closed.close();
  },

  async "auth accepted"({ open }) {
    const socket = await open("/admin", { query: { token: "secret" }, auth: { token: "secret" } });
    assert.deepEqual(await request(socket, "echo", "in"), ["in"]);
    socket.close();
  },

  async "unknown namespace"({ version, mode, url, options }) {
    const socket = connect(version, mode, url + "/nowhere", options);
    const [error] = await once(socket, refusal(version));
    assert.equal(error.message, "Invalid namespace");
    socket.close();
  },

  async "dynamic namespaces"({ version, mode, url, options, open, name }) {
    for (const namespace of ["/dynamic-42", "/known/" + name.replace(" ", "-")]) {
      const socket = await open(namespace);
      assert.deepEqual(await request(socket, "echo", 1), [1]);
      const refused = once(socket, "refused");
      socket.on("allowed", () => assert.fail("the middleware was not asked"));
      socket.emit("nobody listens", Buffer.from([1]));
      socket.emit("forbidden", () => assert.fail("acknowledged"));
      assert.deepEqual(await refused, ["not in here"]);
      const [received, sent] = await request(socket, "heard");
      assert.deepEqual(received, ["echo", "nobody listens", "forbidden", "heard"]);
      assert.deepEqual(sent, ["refused"]);
      socket.close();
    }
    const socket = connect(version, mode, url + "/dynamic-x", options);
    const [error] = await once(socket, refusal(version));
    assert.equal(error.message, "Invalid namespace");
    socket.close();
  },

  // the server closes the transport, here since the heartbeat goes the wrong way: the client comes back by itself
  async reconnect({ version, mode, url, options }) {
    const socket = await connected(connect(version, mode, url, options), version);
    const before = socket.id;
    const lost = once(socket, "disconnect");
    const back = once(socket, "connect");
    const { engine } = socket.io;
    const send = engine.sendPacket ?? engine._sendPacket;
    send.call(engine, versions[version].protocol === 4 ? "pong" : "ping");
    const [reason] = await lost;
    // a client that has no poll waiting finds its session gone
    if (mode === "websocket") assert.equal(reason, "transport close");
    else assert.match(reason, /^transport (close|error)$/);
    await back;
    assert.notEqual(socket.id, before);
    assert.deepEqual(await request(socket, "echo", "again"), ["again"]);
    socket.close();
  },

  // the server disconnects the socket: the client stays away
  async kicked({ version, mode, url, options }) {
    for (const close of [false, true]) {
      const socket = await connected(connect(version, mode, url, options), version);
      const lost = once(socket, "disconnect");
      socket.emit("kick", close);
      assert.equal((await lost)[0], "io server disconnect");
      assert.equal(socket.connected, false);
      socket.close();
    }
  },
};

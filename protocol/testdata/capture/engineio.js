// Engine.IO: packets, payloads, JSONP and the opening answer, of the parsers and of the server itself.
import assert from "node:assert";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Server } from "engine.io";
import v3 from "engine.io-parser-2";
import * as v4 from "engine.io-parser-5";
import { buffers, hex, texts } from "./inputs.js";

const require = createRequire(import.meta.url);
const build = path.join(path.dirname(fileURLToPath(import.meta.url)), "node_modules/engine.io/build");
const serverV3 = require(path.join(build, "parser-v3/index.js"));
const { JSONP } = require(path.join(build, "transports/polling-jsonp.js"));
const { Polling } = require(path.join(build, "transports/polling.js"));

const types = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];

// row describes a packet in a form that JSON keeps: text is what UTF-8 makes of it.
const row = ({ type, data }) =>
  Buffer.isBuffer(data)
    ? { type: types.indexOf(type), binary: true, hex: hex(data) }
    : { type: types.indexOf(type), binary: false, hex: hex(data ?? "") };

const encodePacket = (rev, packet, binary) =>
  new Promise((done) => (rev === 3 ? v3.encodePacket(packet, binary, false, done) : v4.encodePacket(packet, binary, done)));

async function packets() {
  const rows = [];
  const add = async (name, rev, packet) => {
    const sent = await encodePacket(rev, packet, true);
    rows.push({ name, rev, ...row(packet), octet: Buffer.isBuffer(sent), body: hex(sent), base64: await encodePacket(rev, packet, false) });
  };
  for (const rev of [3, 4]) {
    for (const type of types) await add(type, rev, { type, data: "x" });
    for (const [name, data] of Object.entries(texts)) await add(name, rev, { type: "message", data });
    for (const [name, data] of Object.entries(buffers)) await add("binary " + name, rev, { type: "message", data });
  }
  return rows;
}

const encodePayload = (rev, list, binary) =>
  new Promise((done) => {
    if (rev === 4) return v4.encodePayload(list, done);
    v3.encodePayload(list, binary, (body) => {
      serverV3.encodePayload(list, binary, (other) => assert.deepStrictEqual(body, other));
      done(body);
    });
  });

async function payloads() {
  const message = (data) => ({ type: "message", data });
  const lists = {
    none: [],
    ping: [{ type: "ping" }],
    probe: [{ type: "ping", data: "probe" }, { type: "pong", data: "probe" }],
    "all types": types.map((type) => ({ type, data: "x" })),
    "all texts": Object.values(texts).map(message),
    "all binary": Object.values(buffers).map(message),
    mixed: [message("a€😀b"), message(buffers.three), message("\ud83d"), message(buffers.empty), { type: "noop" }],
  };
  for (const [name, data] of Object.entries(texts)) lists["text " + name] = [message(data), message("next")];
  for (const [name, data] of Object.entries(buffers)) lists["binary " + name] = [message(data), message("next")];
  const rows = [];
  for (const [name, list] of Object.entries(lists)) {
    for (const [rev, b64] of [[3, false], [3, true], [4, false]]) {
      if (rev === 4 && list.length === 0) continue; // its callback is never called
      const body = await encodePayload(rev, list, !b64);
      rows.push({ name, rev, b64, octet: Buffer.isBuffer(body), body: hex(body), packets: list.map(row) });
    }
  }
  return rows;
}

// bodies are what a server may be posted, well-formed or not, and what the reference makes of it.
function bodies() {
  const text = {
    3: ["", "0:", "1:2", "5:4abcd", "1:21:3", "2:4€", "3:4😀", "2:4😀", "6:b4AQID", "6:b4AQI=", "2:b4", "1:b", "1:4", "4:4abc", "3:4abc",
      ":", "1", "1:", "a:4", "-1:4", "1.5:4", "1:x", "1:7", "1:8", "3:4a", "0:0:1:2", "1:2junk", "99999999999999999999:4", "2:4\u001e"],
    4: ["", "2", "4", "4abc", "4a\u001e4b", "4a\u001e", "\u001e4a", "4a\u001e\u001e4b", "bAQID", "bAQI=", "bAQI", "b", "b_-8=", "4€\u001ebAA==",
      "7", "x", "4a\u001ex\u001e4b", "bAQ\nID", "1:4", "4a\u001e1\u001e4b"],
  };
  const rows = [];
  for (const rev of [3, 4]) {
    for (const body of text[rev]) rows.push({ rev, octet: false, body: hex(body), ...decoded(rev, body) });
  }
  const octets = ["", "0001ff32", "0001ff34", "0104ff04010203", "0001ff320104ff04010203", "0002ff34c3", "0003ff34c3a9", "0004ff34eda080",
    "0007ff34eda080edb080", "0004ff34e282ac", "010102ff04" + "00".repeat(11), "0006ff623441514944", "0007ff62344151494400", "0004ff34c0afaa",
    "0101ff07", "0101ff04", "0001ff38", "0109ff0401"];
  for (const body of octets) rows.push({ rev: 3, octet: true, body, ...decoded(3, Buffer.from(body, "hex")) });
  return rows;
}

function decoded(rev, body) {
  const list = [];
  if (rev === 4) list.push(...v4.decodePayload(body));
  else serverV3.decodePayload(body, (packet) => void list.push(packet));
  const good = list.filter((packet) => types.includes(packet.type));
  return { packets: good.map(row), error: good.length < list.length };
}

function jsonp() {
  const rows = [];
  for (const [name, data] of Object.entries(texts)) {
    if (!data.isWellFormed()) continue; // cannot be said in UTF-8
    for (const index of ["0", "12", "1a);2"]) {
      const transport = new JSONP({ _query: { j: index, EIO: "4" } });
      let body;
      transport.req = { headers: {}, cleanup() {} };
      transport.res = { writeHead() {}, end: (sent) => (body = sent) };
      transport.doWrite(data, {}, () => {});
      rows.push({ name, index, payload: hex(data), body: hex(body) });
    }
  }
  return rows;
}

function forms() {
  const raw = ["d=4abc", "d=4a%20b+c", "d=4%E2%82%AC", "d=4a%5Cnb", "d=4a%5C%5Cnb", "d=4a%5C%5C%5Cnb", "d=4%5Cn%5Cn%5C%5Cn", "d=%5C%5C", "d=4%", "d=4%2",
    "d=4%zz", "d=4%25", "d=4a=b", "x=1&d=4a&y=2", "d=", "d", "d=4\\n", "d=4\\\\n", "d=4%26%3D%2B", "", "x=4", "d=4&d=5", "d=4%c3", "d=1:2&", "&&d=4"];
  for (const data of Object.values(texts)) {
    // What clients do: escape newlines against browsers that normalise them in a form.
    const escaped = data.replace(/\\n/g, "\\\\n").replace(/\n/g, "\\n");
    raw.push(new URLSearchParams({ d: escaped }).toString());
  }
  const rows = [];
  const onData = Polling.prototype.onData;
  for (const body of raw) {
    let payload = null;
    Polling.prototype.onData = (data) => (payload = hex(data));
    new JSONP({ _query: { j: "0", EIO: "4" } }).onData(body);
    rows.push({ body, payload });
  }
  Polling.prototype.onData = onData;
  return rows;
}

// opens are the first answers of a server, over HTTP.
async function opens() {
  const rows = [];
  for (const options of [{}, { transports: ["polling"], pingInterval: 100, pingTimeout: 50, maxHttpBufferSize: 1e8 }]) {
    const engine = new Server({ allowEIO3: true, ...options });
    engine.generateId = () => "the-id";
    const server = http.createServer((req, res) => engine.handleRequest(req, res));
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    for (const query of ["EIO=4", "EIO=3", "EIO=4&j=3", "EIO=3&j=3"]) {
      const answer = await fetch(`http://127.0.0.1:${server.address().port}/engine.io/?transport=polling&${query}`);
      const { pingInterval, pingTimeout, maxHttpBufferSize, transports } = engine.opts;
      rows.push({ query, upgrade: transports.includes("websocket"), pingInterval, pingTimeout, maxHttpBufferSize, body: await answer.text() });
    }
    engine.close();
    server.closeAllConnections();
    server.close();
  }
  return rows;
}

export async function engineio() {
  return { packets: await packets(), payloads: await payloads(), bodies: bodies(), jsonp: jsonp(), forms: forms(), opens: await opens() };
}

// Socket.IO: packets of both parsers, and what both make of texts that a server may be sent.
import v3 from "socket.io-parser-3";
import { Decoder, Encoder } from "socket.io-parser-4";
import { buffers, hex, texts } from "./inputs.js";

const binary = (data) => Buffer.isBuffer(data) || (typeof data === "object" && data !== null && Object.values(data).some(binary));

// encoders return the text and the attachments of a packet. The old parser wants to be told what is binary.
const encoders = {
  5: (packet) => new Encoder().encode(packet),
  4: (packet) => {
    let out;
    const type = binary(packet.data) ? { 2: 5, 3: 6 }[packet.type] : packet.type;
    new v3.Encoder().encode({ ...packet, type }, (encoded) => (out = encoded));
    return out;
  },
};

function encoded() {
  const events = [["a"], ["a", 1, 2.5, -0, 1e21, null, true, "x"], ["a", {}, [], [[]], { b: { c: 1 } }], [1, 2], [""], ["error", "x"],
    ["a", new Date(0)], ["a", undefined, NaN], ...Object.values(texts).map((text) => ["t", text]), ...Object.values(texts).map((text) => [text])];
  const attached = [...Object.values(buffers).map((data) => ["b", data]), ["b", { a: [buffers.one, { b: buffers.two }] }, buffers.three, "x"]];
  const packets = [{ type: 0, nsp: "/" }, { type: 0, nsp: "/admin" }, { type: 0, nsp: "/admin?tok=1&b=2" }, { type: 0, nsp: "/", data: { token: "x" } },
    { type: 0, nsp: "/admin", data: {} }, { type: 1, nsp: "/" }, { type: 1, nsp: "/admin" }, { type: 4, nsp: "/", data: "msg" },
    { type: 4, nsp: "/a", data: { message: "m", data: { a: 1 } } }, { type: 3, nsp: "/", id: 0, data: [] }, { type: 3, nsp: "/a", id: 12, data: [1, "x"] },
    { type: 3, nsp: "/", id: 1, data: [buffers.three] }];
  for (const data of [...events, ...attached]) packets.push({ type: 2, nsp: "/", data }, { type: 2, nsp: "/ünï-1", id: 456, data });
  packets.push({ type: 2, nsp: "/", id: Number.MAX_SAFE_INTEGER, data: ["a"] });
  return Object.entries(encoders).flatMap(([protocol, encode]) =>
    packets.map((packet) => {
      const [text, ...attachments] = encode({ ...packet });
      return { protocol: Number(protocol), nsp: packet.nsp, id: packet.id ?? null, text: hex(text), attachments: attachments.map(hex) };
    }),
  );
}

// decode returns the packet before its attachments, or null when the parser refuses.
function decode(decoder, text) {
  let packet = null;
  decoder.on("decoded", (decoded) => (packet = decoded));
  try {
    decoder.add(text);
  } catch {
    return null;
  }
  packet = decoder.reconstructor?.reconPack ?? packet;
  if (packet.type === 4 && String(packet.data).startsWith("parser error")) return null;
  const type = { 2: 5, 3: 6 }[decoder.reconstructor && packet.type] ?? packet.type;
  return { type, nsp: packet.nsp, id: packet.id ?? null, attachments: packet.attachments ?? 0, data: packet.data === undefined ? null : hex(JSON.stringify(packet.data)) };
}

const reserved = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener", "error", "Connect", "connect "];

const documents = ["[", "]", "{}", "[]", '["a"]', '["a",]', '["a" 1]', '["a"]]', '["a"]x', ' ["a"]', '["a"] ', '[ "a" , 1 ]', '[1]', "[-1]", "[01]", "[1.]", "[.5]", "[1e]",
  "[1e5]", "[1E+5]", "[+1]", "[0x1]", "[NaN]", "[null]", "[true]", "[[]]", "[{}]", '["a",{"b":}]', '["a",{"b"}]', '["a",{b:1}]', '["a",{"b":1,}]', '["a",{"b":1,"b":2}]',
  '["\\u0063onnect"]', '["\\u00e9"]', '["\\x41"]', '["\\u12"]', '["a\nb"]', '["a\tb"]', '["\u007f"]', "['a']", '["a', '"a"', "null", "1", "true", '["\\ud800"]', '["a",tru]', '["a",nul]', '["",""]'];

function sent() {
  const out = ["", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "x", "-1", " ", "2 ", "00", "0{}", '0{"a":1}', "0[]", "0null", '0"a"', "01", "1[]", "1{}", "15", "4{}",
    '4"x"', "4[]", "41", "31[]", "3[]", "31", "31{}", '31["connect"]', "0/", "0/,", "0/admin", "0/admin,", "0/admin?a=b,", "0/admin,{}", '0/admin,{"a":1}', "0/a,b,", "0admin,", '2/["a"]', '2/,["a"]',
    '2/admin,["a"]', '2/admin,1["a"]', '2/ad"min,["a"]', '21["a"]', '2007["a"]', '21 ["a"]', '2 1["a"]', '2-1["a"]', '21.5["a"]', '21e3["a"]', '2٣["a"]', '29007199254740991["a"]', '29007199254740993["a"]',
    '299999999999999999999["a"]', '5["a"]', '5-["a"]', '50-["a"]', '51-["a"]', '51["a"]', '510-["a"]', '511-["a"]', '501-["a"]', '5-1-["a"]', '51.5-["a"]', '51e1-["a"]', '5 1-["a"]', '5a-["a"]',
    '51-/a,7["a",{"_placeholder":true,"num":0}]', '61-7[{"_placeholder":true,"num":0}]', "61-[]", "60-[]", "61-{}", "51-", "51-/a,", '599999999999-["a"]', '51-["connect"]'];
  for (const name of reserved) out.push(`2${JSON.stringify([name])}`);
  for (const document of documents) for (const head of ["2", "31", "0", "4"]) out.push(head + document);
  return out;
}

const decoded = () =>
  sent().map((text) => ({ text: hex(text), protocol5: decode(new Decoder(), text), protocol4: decode(new v3.Decoder(), text) }));

// placeholders: whether the parser can put n attachments into a packet.
function placeholders() {
  const p = (num, flag = "true") => `{"_placeholder":${flag},"num":${num}}`;
  const data = [`["a",${p(0)}]`, `["a",${p(1)}]`, `["a",${p(0)},${p(1)}]`, `["a",${p(1)},${p(0)}]`, `["a",${p(0)},${p(0)}]`, `["a",{"b":[{"c":${p(1)}}]}]`, `["a",{"b":[{"c":${p(2)}}]}]`,
    `["a",${p(-1)}]`, `["a",${p('"0"')}]`, `["a",${p("null")}]`, `["a",${p("[]")}]`, '["a",{"_placeholder":true}]', '["a",{"num":9}]', `["a",${p(9, "false")}]`, `["a",${p(9, "1")}]`, `["a",${p(9, '"true"')}]`,
    '["a",{"num":0,"_placeholder":true}]', '["a",{"_placeholder":true,"num":9,"num":0}]', '["a",{"_placeholder":true,"num":0,"num":9}]', '["a",{"_placeholder":true,"_placeholder":false,"num":9}]',
    '["a",{"\\u005fplaceholder":true,"num":9}]', '["a",{"_placeholder":true,"n\\u0075m":9}]', `["a",{"_placeholder":true,"num":0,"x":${p(1)}}]`, `["a",${p(99999999999999999999)}]`, `["a",{"__proto__":${p(9)}}]`,
    '["a",1,null,"_placeholder"]', `["a",${p(0.5)}]`];
  return data.map((json) => {
    const decoder = new Decoder();
    let ok = false;
    decoder.on("decoded", () => (ok = true));
    try {
      decoder.add("52-" + json);
      decoder.add(buffers.one);
      decoder.add(buffers.two);
    } catch {
      ok = false;
    }
    return { json, attachments: 2, ok };
  });
}

export const socketio = () => ({ encoded: encoded(), decoded: decoded(), placeholders: placeholders() });

// WebSocket frames as the ws package sends them, from a client (masked) and from a server.
import { Sender } from "ws";
import { hex, texts } from "./inputs.js";

const mask = Buffer.from("37fa213d", "hex");

function frames() {
  const rows = [];
  const add = (fin, opcode, payload, masked) => {
    const options = { fin, rsv1: false, opcode, mask: masked, maskBuffer: Buffer.alloc(4), generateMask: (out) => mask.copy(out), readOnly: true };
    const frame = Buffer.concat(Sender.frame(payload, options));
    // Long payloads are told by their length only: byte i is i & 0xff.
    const short = payload.length <= 200;
    const head = frame.length - payload.length;
    rows.push({ fin, opcode, masked, length: payload.length, payload: short ? hex(payload) : null, frame: hex(short ? frame : frame.subarray(0, head)) });
  };
  for (const masked of [true, false]) {
    for (const text of Object.values(texts)) add(true, 1, Buffer.from(text), masked);
    for (const length of [0, 1, 125, 126, 127, 65535, 65536, 100000]) add(true, 2, Buffer.from(Array.from({ length }, (_, i) => i)), masked);
    for (const opcode of [0, 1, 2]) add(false, opcode, Buffer.from("part"), masked);
    for (const opcode of [8, 9, 10]) add(true, opcode, opcode === 8 ? Buffer.from("03e8627965", "hex") : Buffer.from("beat"), masked);
  }
  return rows;
}

export const websocket = () => ({ frames: frames() });

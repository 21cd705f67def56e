// One way to open a connection with every version of the official client.
import { createRequire } from "node:module";
import http from "node:http";

const require = createRequire(import.meta.url);

// Clients 1.x and 2.x speak Socket.IO protocol 4 on Engine.IO revision 3; 3.x and 4.x protocol 5 on revision 4.
export const versions = {
  "1.7.4": { io: require("socket.io-client-1"), protocol: 4 },
  "2.5.0": { io: require("socket.io-client-2"), protocol: 4 },
  "3.1.3": { io: require("socket.io-client-3").io, protocol: 5 },
  "4.8.4": { io: require("socket.io-client-4").io, protocol: 5 },
};

export const modes = {
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
  upgrade: { transports: ["polling", "websocket"] },
};

// connect opens a connection that shares nothing with another. localAddress (127.x.y.z) is the address the server sees;
// keepAlive carries successive requests on one TCP connection, as a browser does.
export function connect(version, mode, url, { localAddress, keepAlive = false, agent, ...options } = {}) {
  const { io } = versions[version];
  agent ??= new http.Agent({ localAddress, keepAlive });
  return io(url, {
    ...modes[mode],
    agent,
    forceNew: true,
    multiplex: false,
    reconnectionDelay: 20,
    reconnectionDelayMax: 200,
    timeout: 10_000,
    ...options,
  });
}

// Clients 1.x encode the text of a polling payload as UTF-8 twice. Servers since 2.x, the reference among them, do not
// undo it: between such a client and any other only ASCII arrives as it was sent.
export const asciiOnly = (version, mode) => version.startsWith("1.") && mode === "polling";

// refusal is the event by which a client hears that a namespace refused it.
export const refusal = (version) => (versions[version].protocol === 4 ? "error" : "connect_error");

// once resolves with the arguments of the next such event.
export const once = (emitter, event) => new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));

// connected resolves when the socket has joined its namespace, and rejects when the namespace refuses it. That the
// server could not be reached is no answer: the client tries again.
export function connected(socket, version) {
  if (socket.connected) return Promise.resolve(socket);
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once(refusal(version), (error) => reject(new Error(`refused: ${error?.message ?? JSON.stringify(error)}`)));
  });
}

// upgraded resolves once the engine has left polling.
export async function upgraded(socket) {
  const engine = socket.io.engine;
  if (engine.transport.name !== "websocket") await once(engine, "upgrade");
}

// request emits an event and resolves with the arguments of its acknowledgement.
export const request = (socket, event, ...args) =>
  new Promise((resolve) => socket.emit(event, ...args, (...answer) => resolve(answer)));

// bytes makes one comparable thing of the kinds of binary that the versions deliver.
export function bytes(data) {
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  throw new Error(`not binary: ${JSON.stringify(data)}`);
}

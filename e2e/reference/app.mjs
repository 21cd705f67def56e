// The test application on the reference server: the same behaviour as ../app, event for event.
//
//   node app.mjs '{"pingInterval":300}'      options are Socket.IO's own; "listen" is host:port
//
// Prints "listening PORT" once it can be connected to. What happens to sockets is told by datagrams to the address in
// E2E_EVENTS: "connect NSP ID", "disconnect NSP ID REASON".
import { createSocket } from "node:dgram";
import { createServer } from "node:http";
import { Server } from "socket.io";

const { listen = "127.0.0.1:0", ...options } = JSON.parse(process.argv[2] ?? "{}");

const events = process.env.E2E_EVENTS?.split(":");
const reporter = createSocket("udp4").unref();
const report = (...words) => events && reporter.send(words.join(" "), +events[1], events[0]);

const http = createServer((req, res) => {
  res.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" });
  res.end("Not Found");
});
const io = new Server(http, options);

// Each behaviour gets the socket, the event's arguments without the acknowledgement, and the acknowledgement.
const behaviours = {
  echo: (socket, args, ack) => (ack ? ack(...args) : socket.emit("echo", ...args)),

  // acknowledges [client's answer] or {error} when the client does not answer within ms
  async ask(socket, [ms, ...args], ack) {
    try {
      ack(await socket.timeout(ms).emitWithAck("question", ...args));
    } catch {
      ack({ error: "timeout" });
    }
  },

  async join(socket, [room], ack) {
    await socket.join(room);
    ack("joined");
  },
  async leave(socket, [room], ack) {
    await socket.leave(room);
    ack("left");
  },
  rooms: (socket, args, ack) => ack([...socket.rooms].sort()),

  // {from: "socket"|"server", rooms, except, volatile}, event, ...args
  broadcast(socket, [how, event, ...args], ack) {
    let to = how.from === "server" ? socket.nsp : socket.broadcast;
    if (how.rooms) to = to.to(how.rooms);
    if (how.except) to = to.except(how.except);
    if (how.volatile) to = to.volatile;
    to.emit(event, ...args);
    ack?.("sent");
  },

  many(socket, [n, event]) {
    for (let i = 0; i < n; i++) socket.emit(event, i);
  },
  volatile: (socket, [event, ...args]) => socket.volatile.emit(event, ...args),
  mixed(socket, [text]) {
    socket.emit("mixed", 1);
    socket.emit("mixed", Buffer.from([1, 2, 3]));
    socket.emit("mixed", { b: Buffer.from([4]), t: text });
  },

  kick: (socket, [close]) => socket.disconnect(close),

  remember(socket, [value], ack) {
    socket.data.value = value;
    ack("ok");
  },
  recall: (socket, args, ack) => ack(socket.data.value ?? null),

  whoami: (socket, args, ack) => ack({ id: socket.id, slot: 0, pid: process.pid }),
  info(socket, args, ack) {
    const { query, auth, headers, address, secure, xdomain, url, issued } = socket.handshake;
    ack({
      query: { EIO: query.EIO ?? null, transport: query.transport, word: query.word ?? null },
      auth: { ...auth },
      headers: { "x-word": headers["x-word"] ?? null, host: headers.host },
      address: address.replace("::ffff:", ""),
      secure,
      xdomain,
      path: url.split("?")[0],
      issued: typeof issued === "number" && issued > 1.6e12,
    });
  },
};

function behave(namespace) {
  namespace.on("connection", (socket) => {
    report("connect", socket.nsp.name, socket.id);
    socket.on("disconnect", (reason) => report("disconnect", socket.nsp.name, socket.id, reason));
    for (const [event, behaviour] of Object.entries(behaviours)) {
      socket.on(event, (...args) => {
        const ack = typeof args.at(-1) === "function" ? args.pop() : undefined;
        behaviour(socket, args, ack);
      });
    }
  });
}

function refuse(message, data) {
  const error = new Error(message);
  if (data) error.data = data;
  return error;
}

io.of("/admin").use((socket, next) => {
  const token = socket.handshake.auth.token ?? socket.handshake.query.token;
  if (token === "secret") return next();
  next(refuse("not allowed", { code: 401, token: token ?? null }));
});
io.of("/closed").use((socket, next) => next(refuse("closed for all")));

for (const name of ["/", "/chat", "/admin", "/closed", "/room/ü"]) behave(io.of(name));

// dynamic namespaces refuse "forbidden", and acknowledge "heard" with the names of all events that came, and that were sent
for (const parent of [io.of(/^\/dynamic-\d+$/), io.of((name, auth, next) => next(null, name.startsWith("/known/")))]) {
  behave(parent);
  parent.on("connection", (socket) => {
    const [received, sent] = [[], []];
    socket.onAny((event) => received.push(event));
    socket.onAnyOutgoing((event) => sent.push(event));
    socket.use(([event], next) => next(event === "forbidden" ? new Error("not in here") : undefined));
    socket.on("error", (error) => socket.emit("refused", error.message));
    socket.on("forbidden", () => socket.emit("allowed"));
    socket.on("heard", (ack) => ack(received, sent));
  });
}

for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
const [, host, port] = listen.match(/^(.*):(\d+)$/);
http.listen(+port, host, () => console.log(`listening ${http.address().port}`));

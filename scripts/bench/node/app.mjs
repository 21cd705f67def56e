// Socket.IO on Node.js, as its documentation has one set up: a process, or a cluster with sticky sessions and the
// cluster adapter.
//
//   node app.mjs WORKERS      1: no cluster
//
// The event "echo" acknowledges its arguments. POST /api/emit, on a port of its own, broadcasts as ioserver's does.
// Prints "listening PORT, API on PORT" once all workers are there.
import cluster from "node:cluster";
import { createServer } from "node:http";
import { createAdapter, setupPrimary } from "@socket.io/cluster-adapter";
import { setupMaster, setupWorker } from "@socket.io/sticky";
import { Server } from "socket.io";

const host = "127.0.0.1";
const workers = +(process.argv[2] ?? "1");

const listen = (server) => new Promise((done) => server.listen(0, host, () => done(server.address().port)));
const ready = (port, api) => console.log(`listening ${port}, API on ${api}`);

function application(http) {
  const io = new Server(http);
  io.on("connection", (socket) => socket.on("echo", (...args) => args.pop()(...args)));
  return io;
}

// In a cluster the workers share the port.
function api(io) {
  return createServer((req, res) => {
    const parts = [];
    req.on("data", (part) => parts.push(part));
    req.on("end", () => {
      const { event, args } = JSON.parse(Buffer.concat(parts));
      io.emit(event, ...args);
      res.writeHead(200, { "Content-Type": "application/json" }).end('{"ok":true}');
    });
  });
}

async function alone() {
  const http = createServer();
  const io = application(http);
  ready(await listen(http), await listen(api(io)));
}

async function lead() {
  const http = createServer();
  // Its default, the fewest connections, gives all of a burst to one worker: it hears of each a moment later.
  setupMaster(http, { loadBalancingMethod: "round-robin" });
  setupPrimary();
  cluster.setupPrimary({ serialization: "advanced" });
  const all = Array.from({ length: workers }, () => cluster.fork());
  const port = (worker) =>
    new Promise((done) => worker.on("message", (message) => message.type === "bench:api" && done(message.port)));
  const [first] = await Promise.all(all.map(port));
  ready(await listen(http), first);
}

async function work() {
  const io = application(createServer());
  io.adapter(createAdapter());
  setupWorker(io);
  process.send({ type: "bench:api", port: await listen(api(io)) });
}

for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
if (cluster.isWorker) await work();
else if (workers > 1) await lead();
else await alone();

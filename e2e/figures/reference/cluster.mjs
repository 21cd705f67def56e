// Socket.IO on Node.js as a cluster that is sticky by the client's address.
//
//   WORKERS=2 PORT=3000 node cluster.mjs
//
// The event "echo" acknowledges its arguments. Prints "listening PORT" once all workers are there.
import cluster from "node:cluster";
import { createServer as createHTTP } from "node:http";
import { createServer } from "node:net";
import { Server } from "socket.io";

const { WORKERS = "2", PORT = "0" } = process.env;

function serve() {
  const http = createHTTP();
  const io = new Server(http, { allowEIO3: true });
  io.on("connection", (socket) => socket.on("echo", (...args) => args.pop()(...args)));
  process.on("message", (message, connection) => {
    if (!connection) return;
    http.emit("connection", connection);
    connection.resume();
  });
  process.on("disconnect", () => process.exit());
  process.send("ready");
}

async function lead() {
  const workers = Array.from({ length: +WORKERS }, () => cluster.fork());
  await Promise.all(workers.map((w) => new Promise((resolve) => w.once("message", resolve))));
  const hash = (address) => [...address].reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, 7);
  const server = createServer({ pauseOnConnect: true }, (connection) => {
    workers[hash(connection.remoteAddress ?? "") % workers.length].send("connection", connection);
  });
  server.listen(+PORT, "127.0.0.1", () => console.log(`listening ${server.address().port}`));
  process.on("SIGTERM", async () => {
    const ended = workers.map((w) => new Promise((resolve) => w.once("exit", resolve)));
    for (const w of workers) w.process.kill("SIGKILL");
    await Promise.all(ended);
    process.exit();
  });
}

if (cluster.isPrimary) await lead();
else serve();

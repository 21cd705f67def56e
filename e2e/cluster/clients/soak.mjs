// Official clients of every version and mode that live through the deaths of workers.
//
//   node soak.mjs '{"url":"http://127.0.0.1:3000","copies":4,"deadline":180000}'
//
// Each checks the numbers that it hears: none twice, none out of its sender's order. Each is done when it hears a number of the sender
// "finale"; whoever has not by the deadline stays away.
//
// Outcome: clients, each with name, heard, lost (times that its connection was), faults, done.
import { connect, modes, versions } from "../../clients/connect.mjs";
import { input } from "../../clients/outcome.mjs";

const { url, copies, deadline } = input();

function live(version, mode, index) {
  const client = { name: `${version} ${mode}`, heard: 0, lost: 0, faults: [], done: false };
  const last = new Map();
  const socket = connect(version, mode, url, { localAddress: `127.2.${copies}.${index + 1}`, keepAlive: index % 2 === 0 });
  socket.on("number", (sender, number) => {
    const before = last.get(sender) ?? 0;
    if (number <= before) client.faults.push(`${sender} ${number} after ${before}`);
    last.set(sender, Math.max(before, number));
    client.heard++;
    if (sender === "finale") client.done = true;
  });
  socket.on("disconnect", (reason) => {
    client.lost++;
    if (reason === "io server disconnect") client.faults.push("sent away");
  });
  return client;
}

const kinds = Object.keys(versions).flatMap((version) => Object.keys(modes).map((mode) => [version, mode]));
const clients = Array.from({ length: copies * kinds.length }, (_, i) => live(...kinds[i % kinds.length], i));

function finish() {
  process.stdout.write(JSON.stringify({ clients }), () => process.exit(0));
}
setTimeout(finish, deadline);
setInterval(() => clients.every((c) => c.done) && finish(), 100);

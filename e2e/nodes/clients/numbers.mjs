// Official clients that all speak and listen.
//
//   node numbers.mjs '{"url":"http://127.0.0.1:3000","copies":4,"numbers":20,"deadline":60000}'
//
// Once all are connected, and upgraded where they may be, each broadcasts numbers from 1 to everybody, one after the other. Each has to hear
// every number of every client once and in order, and must not be disconnected meanwhile.
import assert from "node:assert/strict";
import { connect, connected, modes, request, upgraded } from "../../clients/connect.mjs";
import { check, finish, input } from "../../clients/outcome.mjs";

const { url, copies, numbers, deadline } = input();

const kinds = ["2.5.0", "4.8.4"].flatMap((version) => Object.keys(modes).map((mode) => [version, mode]));
const names = Array.from({ length: copies * kinds.length }, (_, i) => `${kinds[i % kinds.length].join(" ")} ${i}`);

class Client {
  constructor(name, index) {
    [this.version, this.mode] = kinds[index % kinds.length];
    this.name = name;
    this.faults = [];
    this.last = new Map();
    this.heard = new Promise((resolve) => (this.whole = resolve));
    this.total = 0;
    const localAddress = `127.9.${1 + Math.floor(index / 200)}.${1 + (index % 200)}`;
    this.socket = connect(this.version, this.mode, url, { localAddress, keepAlive: index % 2 === 0, reconnection: false });
    this.socket.on("number", (sender, number) => this.hear(sender, number));
    this.socket.on("disconnect", (reason) => this.over || this.faults.push(`disconnected: ${reason}`));
    this.socket.on("connect_error", (error) => this.faults.push(`${error} ${error?.description?.status ?? error?.description ?? ""}`));
  }

  hear(sender, number) {
    const before = this.last.get(sender) ?? 0;
    if (number !== before + 1) this.faults.push(`${sender}: ${number} after ${before}`);
    this.last.set(sender, number);
    if (++this.total === names.length * numbers) this.whole();
  }

  async ready() {
    await connected(this.socket, this.version);
    if (this.mode === "upgrade") await upgraded(this.socket);
  }

  async speak() {
    for (let number = 1; number <= numbers; number++) {
      await request(this.socket, "broadcast", { from: "server" }, "number", this.name, number);
    }
  }
}

const clients = names.map((name, index) => new Client(name, index));
const everybody = Promise.all(clients.map((c) => check(c.name, "connects", () => c.ready(), deadline)));
await everybody;
await Promise.all(clients.map((c) => check(c.name, "speaks", () => c.speak(), deadline)));
await Promise.all(clients.map((c) => check(c.name, "hears everybody", () => c.heard, deadline)));
for (const c of clients) {
  await check(c.name, "hears nothing twice, out of order or after a pause", async () => {
    assert.deepEqual(c.faults, []);
    assert.equal(c.total, names.length * numbers);
  });
  c.over = true;
  c.socket.close();
}
finish();

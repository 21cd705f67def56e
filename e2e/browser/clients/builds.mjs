// Each build of the browser client, and older clients with and without JSONP, on a page of another origin.
// Input: {url, pages, chromium}; pages serves pages/*.html and the older clients.
import assert from "node:assert/strict";
import { check, finish, input } from "../../clients/outcome.mjs";
import { launch, watched } from "./chromium.mjs";

const { url, pages, chromium } = input();
const patience = 20_000; // ms for one thing to happen
const browser = await launch(chromium);
const [context, watch] = await watched(browser, { patience, own: [url, pages] });

// load opens an empty page and makes the script's io known to it.
async function load(script, { module } = {}) {
  const page = await context.newPage();
  await page.goto(pages);
  await page.addScriptTag(
    module ? { type: "module", content: `import { io } from "${script}"; window.io = io;` } : { url: script });
  await page.waitForFunction(() => window.io);
  return page;
}

// talk connects, has something echoed, and returns by which transport.
const talk = (page, options) =>
  page.evaluate(async ([to, options]) => {
    const socket = window.io(to, { forceNew: true, reconnection: false, ...options });
    const once = (emitter, event) => new Promise((resolve) => emitter.once(event, resolve));
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      for (const event of ["connect_error", "error"]) socket.once(event, (e) => reject(new Error(`${event}: ${e?.message ?? e}`)));
    });
    const engine = socket.io.engine;
    if (!options.transports && !options.forceJSONP && engine.transport.name === "polling") await once(engine, "upgrade");
    const heard = await new Promise((resolve) => socket.emit("echo", "häuser 😀", { a: [1, null] }, (...answer) => resolve(answer)));
    return { transport: engine.transport.name, jsonp: Boolean(document.querySelector("form [name=d], form textarea")), heard };
  }, [url, options]);

async function echoes(page, options, wanted) {
  const { transport, jsonp, heard } = await talk(page, options);
  // Not by disconnecting: a poll that is under way may arrive after the end of its session, and be answered 400.
  await page.close();
  assert.deepEqual(heard, ["häuser 😀", { a: [1, null] }]);
  assert.equal(transport, wanted.transport);
  assert.equal(jsonp, Boolean(wanted.jsonp));
}

const ours = (name) => `${url}socket.io/${name}`;
const step = (subject, name, f) =>
  check(subject, name, async () => {
    await f();
    watch.quiet();
  }, 2 * patience);

for (const [name, options] of [["socket.io.js", {}], ["socket.io.min.js", {}], ["socket.io.esm.min.js", { module: true }]]) {
  await step(name, "upgrade", async () => echoes(await load(ours(name), options), {}, { transport: "websocket" }));
  await step(name, "polling only", async () => echoes(await load(ours(name), options), { transports: ["polling"] }, { transport: "polling" }));
  await step(name, "websocket only", async () => echoes(await load(ours(name), options), { transports: ["websocket"] }, { transport: "websocket" }));
}
await step("socket.io.msgpack.min.js", "loads", async () => {
  const page = await load(ours("socket.io.msgpack.min.js"));
  assert.equal(await page.evaluate(() => typeof window.io.Manager), "function");
});
for (const version of ["2.5.0", "3.1.3"]) {
  const script = `${pages}client-${version}.js`;
  await step(version, "upgrade", async () => echoes(await load(script), {}, { transport: "websocket" }));
  await step(version, "JSONP", async () =>
    echoes(await load(script), { forceJSONP: true, transports: ["polling"] }, { transport: "polling", jsonp: true }));
}
await browser.close();
finish();

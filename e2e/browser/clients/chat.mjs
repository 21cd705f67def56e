// Two people chat across workers; the worker of one is killed. Input: {url, master, chromium}.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { check, finish, input } from "../../clients/outcome.mjs";
import { launch, watched } from "./chromium.mjs";
import { Tab, apart } from "./tab.mjs";

const { url, master, chromium } = input();
const patience = 20_000; // ms for one thing to happen
const browser = await launch(chromium);
const watches = [];
const context = async () => {
  const [c, w] = await watched(browser, { patience, own: [url] });
  watches.push(w);
  return c;
};
const quiet = async () => watches.forEach((w) => w.quiet());
const losing = (may) => watches.forEach((w) => (w.losing = may));

// The later steps make no sense without the earlier ones.
const step = async (name, f) => (await check("chat", name, f, 2 * patience)) || end();
async function end() {
  await browser.close();
  await new Promise(() => finish());
}

const parentOf = (pid) => Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);

let ann, ben, before;

await step("tabs on two workers", async () => {
  [ann, ben] = await apart(context, url, ["Ann", "Ben"]);
  before = { ann: await ann.place(), ben: await ben.place() };
  assert.notEqual(before.ann.slot, before.ben.slot);
  for (const { pid } of Object.values(before)) assert.equal(parentOf(pid), master, "a worker is a child of the master");
});
await step("upgrade shown", async () => {
  for (const tab of [ann, ben]) {
    await tab.upgraded();
    assert.deepEqual((await tab.transports()).filter((t, i, all) => t && t !== all[i - 1]), ["polling", "websocket"]);
  }
});
await step("presence", async () => {
  for (const tab of [ann, ben]) await tab.sees({ Ann: before.ann.slot, Ben: before.ben.slot });
});
await step("text both ways", async () => {
  await ann.say("from Ann");
  await ben.hears("from Ann");
  await ben.say("from Ben");
  await ann.hears("from Ben");
  await ben.say("<b>no markup</b> & <script>alert(1)</script> 😀");
  await ann.hears("<b>no markup</b> & <script>alert(1)</script> 😀");
  assert.deepEqual(await ann.messages(), await ben.messages());
});
await step("latency shown", () => ann.until(() => /^\d[\d.]* ms$/.test(document.querySelector("[data-testid=tab-latency]").textContent)));
await step("nothing amiss", quiet);

// survive kills Ben's worker. With hold, Ben cannot come back before Ann has said all that is to be said meanwhile.
async function survive(round, hold) {
  const said = (i) => `said after kill ${round}, ${i}`;
  const reconnects = (n) => document.querySelector("[data-testid=tab-reconnects]").textContent === n;
  const was = await ben.place();
  const back = Number(await ben.text("tab-reconnects")) + 1;
  const requests = ben.page.context();
  const asks = (u) => u.pathname === "/socket.io/";
  let release;
  const released = new Promise((resolve) => (release = resolve));

  await step(`worker killed, ${round}`, async () => {
    losing(true);
    if (hold) await requests.route(asks, (route) => released.then(() => route.continue()));
    process.kill(was.pid, "SIGKILL");
    for (const i of [1, 2]) await ann.say(said(i));
    if (hold) await ben.offline();
    for (const i of [3, 4]) await ann.say(said(i));
    await ben.say(`written by Ben, ${round}`);
    await ann.hears(said(4));
    if (hold) assert.ok(!(await ben.messages()).includes(said(1)), "Ben is away");
    release();
  });
  await step(`back by itself, ${round}`, async () => {
    await ben.until(reconnects, String(back));
    await ben.online();
    const { pid } = await ben.place();
    assert.notEqual(pid, was.pid);
    assert.equal(parentOf(pid), master);
    await ben.upgraded();
    assert.equal(await ann.text("tab-reconnects"), "0", "Ann's worker was not touched");
    assert.deepEqual(await ann.place(), before.ann);
    if (hold) await requests.unroute(asks);
    losing(false);
  });
  await step(`nothing missed, nothing doubled, in order, ${round}`, async () => {
    await ann.say(said(5));
    await ben.hears(said(5));
    await ben.say(`Ben is back, ${round}`);
    await ann.hears(`Ben is back, ${round}`);
    for (const tab of [ann, ben]) {
      await tab.hears(`written by Ben, ${round}`);
      const heard = await tab.messages();
      assert.deepEqual(heard.filter((m) => m.startsWith(`said after kill ${round}`)), [1, 2, 3, 4, 5].map(said));
      assert.equal(new Set(heard).size, heard.length, heard.join("\n"));
    }
    assert.deepEqual(await ann.messages(), await ben.messages());
  });
  await step(`presence, ${round}`, async () => {
    const { slot } = await ben.place();
    for (const tab of [ann, ben]) await tab.sees({ Ann: before.ann.slot, Ben: slot });
  });
}

await survive(1, false);
// Ben may be at home with Ann now: the next kill would hit both.
await step("tabs on two workers again", async () => {
  for (let i = 0; (await ben.place()).slot === before.ann.slot; i++) {
    assert.ok(i < 16, "Ben is always served by Ann's worker");
    await ben.page.reload();
    await ben.online();
  }
});
await survive(2, true);
await step("a newcomer reads what was said", async () => {
  const tab = await Tab.open(await context(), url, "Cleo");
  await tab.hears("Ben is back, 2");
  assert.deepEqual(await tab.messages(), await ann.messages());
  await tab.page.context().close();
  await ann.sees({ Ann: before.ann.slot, Ben: (await ben.place()).slot });
});
await step("nothing amiss since", quiet);
await step("the watch sees what is amiss", async () => {
  await ann.page.evaluate(() => fetch("http://127.0.0.2:1/").catch(() => {}));
  await assert.rejects(quiet, /Content Security Policy/);
});
await end();

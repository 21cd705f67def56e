// Pictures of the demo's page while people chat. Input: {url, into, chromium}; the pictures go into the folder into.
import assert from "node:assert/strict";
import { check, finish, input } from "../../clients/outcome.mjs";
import { launch, watched } from "./chromium.mjs";
import { Tab, apart } from "./tab.mjs";

const { url, into, chromium } = input();
const patience = 20_000; // ms for one thing to happen
const browser = await launch(chromium);
const desktop = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2, locale: "en-GB" };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: "en-GB" };
const watches = [];
const context = async (options = desktop) => {
  const [c, w] = await watched(browser, { patience, own: [url], ...options });
  watches.push(w);
  return c;
};

const step = async (name, f) => (await check("page", name, f, 3 * patience)) || end();
async function end() {
  await browser.close();
  await new Promise(() => finish());
}

const picture = (tab, name) => tab.page.screenshot({ path: `${into}/${name}.png` });

// still waits until nothing moves that does not move for ever.
const still = (tab) =>
  tab.page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== "running" || a.effect.getComputedTiming().iterations === Infinity));

// beats waits until the page shows some measurements of latency.
const beats = (tab, n) => tab.until((wanted) => (document.querySelector("#spark .line")?.getAttribute("d").split("L").length ?? 0) >= wanted, n);

let people, own;

// Numbers in braces are the slots of the three.
const lines = [
  [1, "Morning! The new build is up: eight workers, one port."],
  [0, "I got worker {0}. Who else is here?"],
  [1, "{1}. So your message crossed two processes."],
  [2, "And I have {2}. What if yours dies, Mira?"],
  [0, "Try it. I keep typing."],
];

await step("people on three workers", async () => {
  people = await apart(context, url, ["Mira", "Jonas", "Aiko"]);
  own = people[0];
  for (const tab of people) await tab.upgraded();
});
await step("they chat", async () => {
  const slots = await Promise.all(people.map(async (tab) => (await tab.place()).slot));
  for (const [who, line] of lines) {
    const text = line.replace(/\{(\d)\}/g, (_, i) => slots[i]);
    await people[who].say(text);
    await own.hears(text); // in this order, wherever it is said
  }
});
await step("more people elsewhere", async () => {
  for (const [name, room] of [["Noor", "design"], ["Sam", "design"], ["Lena", "tea"]]) {
    const tab = await Tab.open(await context(), `${url}#${room}`, name);
    if (name === "Sam") await tab.say("The icon wants a little more air.");
  }
  await own.page.locator('[data-testid=room][data-room=tea]').waitFor();
});
await step("a worker dies", async () => {
  const { pid } = await own.place();
  watches.forEach((w) => (w.losing = true));
  process.kill(pid, "SIGKILL");
  await own.until(() => document.querySelector("[data-testid=tab-reconnects]").textContent === "1");
  await own.online();
  await own.upgraded();
  watches.forEach((w) => (w.losing = false));
  const [killed, back] = [`Process ${pid} is gone. Are you?`, "Not for long. I have read it all."];
  await people[2].say(killed);
  await own.hears(killed);
  await own.say(back);
  await own.hears(back);
  await own.page.locator("[data-testid=worker][data-up=true]").nth(7).waitFor({ state: "attached" }); // all of them
});
await step("desktop", async () => {
  await own.page.bringToFront();
  await beats(own, 6);
  await own.page.evaluate(() => document.querySelector(".version").remove()); // the picture is of any
  await own.until(() => getComputedStyle(document.querySelector("[data-testid=notice]")).opacity === "0");
  await still(own);
  await own.at("composer").blur();
  await picture(own, "desktop");
});
await step("dark", async () => {
  await own.page.emulateMedia({ colorScheme: "dark" });
  await still(own);
  await picture(own, "dark");
});
await step("nothing amiss", async () => watches.forEach((w) => w.quiet()));

// wide is how much wider than the screen the page is, and what sticks out.
const wide = () => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const out = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > clientWidth + 1 && !e.closest("[hidden]"));
  return scrollWidth <= clientWidth && window.innerWidth === screen.width ? "" : `${scrollWidth} of ${clientWidth}: ${out.map((e) => e.outerHTML.slice(0, 80)).join("\n")}`;
};
for (const width of [390, 320]) {
  await step(`phone, ${width} wide`, async () => {
    const tab = await Tab.open(await context({ ...phone, viewport: { width, height: 844 } }), url, "Tomasz-with-a-long-name");
    await tab.say(`${"averyveryverylongwordwithoutanyspaceinit".repeat(3)} and https://example.com/${"path/".repeat(20)}`);
    await tab.upgraded();
    await beats(tab, 1);
    const folds = await tab.page.locator("button.fold").all();
    assert.equal(await tab.page.evaluate(wide), "");
    await still(tab);
    await picture(tab, `phone-${width}`);
    for (const [i, fold] of folds.entries()) {
      await fold.tap();
      await still(tab);
      assert.equal(await tab.page.evaluate(wide), "", `panel ${i}`);
      await picture(tab, `phone-${width}-panel-${i}`);
    }
    await tab.page.context().close();
  });
}
await step("nothing amiss on a phone", async () => watches.forEach((w) => w.quiet()));
await end();

// One tab with the demo's page, used as a person does.
import assert from "node:assert/strict";

export class Tab {
  // open opens a tab in a context, and returns when it is in the room. On a narrow screen the people, and with them
  // the name, are behind a button.
  static async open(context, url, name) {
    const page = await context.newPage();
    const tab = new Tab(page);
    await page.addInitScript(keepTransports);
    await page.goto(url);
    await tab.online();
    if (name) await tab.rename(name);
    return tab;
  }

  constructor(page) {
    this.page = page;
  }

  at(id) {
    return this.page.getByTestId(id);
  }

  text(id) {
    return this.at(id).innerText();
  }

  // until waits for what the page shows; f runs in it.
  until(f, arg) {
    return this.page.waitForFunction(f, arg, { polling: 50 });
  }

  online() {
    return this.page.locator('[data-testid=status][data-state=online]').waitFor();
  }

  offline() {
    return this.page.locator('[data-testid=status][data-state=offline]').waitFor();
  }

  upgraded() {
    return this.page.locator('[data-testid=tab-transport][data-transport=websocket]').waitFor({ state: "attached" });
  }

  // transports are those that the page has shown, in order.
  transports() {
    return this.page.evaluate(() => window.transportsShown);
  }

  // place is where the page says that it is served.
  async place() {
    const [slot, pid] = await Promise.all([this.text("tab-slot"), this.text("tab-pid")]);
    assert.match(slot, /^\d+$/);
    assert.match(pid, /^\d+$/);
    return { slot: Number(slot), pid: Number(pid) };
  }

  async rename(name) {
    const fold = this.page.locator("button.fold[aria-controls=people-panel]");
    const folded = await fold.isVisible();
    if (folded) await fold.click();
    await this.at("name-input").fill(name);
    await this.at("name-input").press("Enter");
    await this.page.locator(`[data-testid=person][data-me=true][data-name="${name}"]`).waitFor();
    if (folded) await fold.click();
  }

  // say sends a line; whether the server has it, hears tells.
  async say(text) {
    await this.at("composer").fill(text);
    await this.at("composer").press("Enter");
  }

  // hears waits until a message is shown.
  hears(text) {
    return this.until((wanted) => [...document.querySelectorAll("[data-testid=message-text]")].some((e) => e.textContent === wanted), text);
  }

  // messages are the texts as shown, confirmed by the server.
  messages() {
    return this.at("message-text").allTextContents();
  }

  // people are those shown, as name and slot.
  people() {
    return this.page.evaluate(() =>
      Object.fromEntries([...document.querySelectorAll("[data-testid=person]")].map((e) => [e.dataset.name, Number(e.dataset.slot)])));
  }

  // sees waits until exactly these people are shown, each at a slot.
  sees(people) {
    return this.until((wanted) => {
      const shown = [...document.querySelectorAll("[data-testid=person]")].map((e) => `${e.dataset.name} ${e.dataset.slot}`);
      return JSON.stringify(shown.sort()) === wanted;
    }, JSON.stringify(Object.entries(people).map(([name, slot]) => `${name} ${slot}`).sort()));
  }
}

// In the page: remembers every transport that it shows.
function keepTransports() {
  window.transportsShown = [];
  addEventListener("DOMContentLoaded", () => {
    const e = document.querySelector("[data-testid=tab-transport]");
    new MutationObserver(() => window.transportsShown.push(e.dataset.transport)).observe(e, { attributeFilter: ["data-transport"] });
  });
}

// apart opens a tab for each name, served by as many workers. Each is in a context of its own, as another person's
// browser is; those that a worker of another tab's serves are closed again.
export async function apart(context, url, names, most = 8) {
  const tabs = [];
  const slots = new Set();
  for (let tries = 0; tabs.length < names.length; tries++) {
    if (tries === names.length * most) throw new Error(`${tries} tabs were all served by workers ${[...slots]}`);
    const tab = await Tab.open(await context(), url);
    const { slot } = await tab.place();
    if (slots.has(slot)) {
      await tab.page.context().close();
      continue;
    }
    slots.add(slot);
    await tab.rename(names[tabs.length]);
    tabs.push(tab);
  }
  return tabs;
}

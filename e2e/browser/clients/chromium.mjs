// Headless Chromium, and an eye on all that its pages ask for and complain about.
import { chromium } from "playwright-core";

const flags = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-domain-reliability", "--no-pings", "--force-color-profile=srgb",
];

// What pages complain of when a server dies under them.
const network = [/^Failed to load resource: net::ERR_/, /^WebSocket connection to 'ws:[^']*' failed/, /^WebSocket is already in CLOSING/];

// launch starts a browser with a profile of its own, which goes with it.
export const launch = (executablePath) => chromium.launch({ executablePath, args: flags });

// watched opens a context, one person's browser as it were, that asks only the servers in own. patience is how long it
// waits for anything, in ms.
export async function watched(browser, { patience, own, ...options }) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(patience);
  const watch = new Watch(context, ...own);
  await watch.ready;
  return [context, watch];
}

// Watch collects what goes wrong in the pages of a context that are of one server.
class Watch {
  constructor(context, ...own) {
    this.troubles = [];
    this.hosts = own.map((url) => new URL(url).host);
    this.losing = false; // whether the network may fail at present
    context.on("console", (m) => {
      if (m.type() === "error" || m.type() === "warning") this.complaint(`console ${m.type()}: ${m.text()} (${m.location().url})`, m.text());
    });
    context.on("weberror", (e) => this.complaint(`uncaught: ${e.error().stack ?? e.error()}`));
    const asked = (url) => {
      const { host, protocol } = new URL(url);
      if (!this.hosts.includes(host) && !["data:", "blob:", "about:"].includes(protocol)) this.complaint(`a request to ${url}`);
    };
    context.on("request", (r) => asked(r.url()));
    context.on("response", (r) => r.status() >= 400 && this.complaint(`${r.status()} from ${r.url()}`));
    context.on("page", (page) => page.on("websocket", (w) => asked(w.url())));
    this.ready = context.addInitScript(() =>
      document.addEventListener("securitypolicyviolation", (e) => console.error(`policy: ${e.violatedDirective} forbids ${e.blockedURI}`)));
  }

  complaint(what, text = "") {
    if (!this.losing || !network.some((n) => n.test(text))) this.troubles.push(what);
  }

  // quiet throws what there was to complain about.
  quiet() {
    if (this.troubles.length) throw new Error(this.troubles.splice(0).join("\n"));
  }
}

// The panel "this tab": which worker serves it, how, and how fast.

import { draw } from "./face.js";

const pings = 40; // in the sparkline
const fewPings = 12; // fewer do not fill it

const $ = (id) => document.getElementById(id);

export class Panel {
  constructor() {
    this.times = [];
  }

  /** worker says who serves this tab; hue is its colour. */
  worker(me, hue) {
    $("tab-slot").textContent = me.slot;
    $("tab-pid").textContent = me.pid;
    $("tab-dot").style.setProperty("--hue", hue);
    $("fold-worker").textContent = `worker ${me.slot}`;
  }

  session(id) {
    $("tab-session").textContent = id ? `${id.slice(0, 8)}…` : "–";
  }

  reconnects(n) {
    $("tab-reconnects").textContent = n;
  }

  /** transport is "polling", "websocket", or "" while there is none. */
  transport(name) {
    const e = $("tab-transport");
    e.dataset.transport = name;
    const [first, second] = e.querySelectorAll("span");
    first.classList.toggle("on", name === "polling");
    second.classList.toggle("on", name === "websocket");
    e.setAttribute("aria-label", name || "none");
  }

  /** latency adds the time that a ping took, in ms. */
  latency(ms) {
    $("tab-latency").textContent = ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
    this.times.push(ms);
    if (this.times.length > pings) this.times.shift();
    const top = Math.max(4, ...this.times) * 1.15;
    const step = 160 / (Math.max(this.times.length, fewPings) - 1);
    const points = this.times.map((t, i) => [160 - (this.times.length - 1 - i) * step, 30 - (28 * t) / top]);
    const line = points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
    const [x, y] = points.at(-1);
    $("spark").replaceChildren(
      draw("path", { class: "area", d: `M${points[0][0].toFixed(1)} 32L${line}L160 32Z` }),
      draw("path", { class: "line", d: `M${line}`, "vector-effect": "non-scaling-stroke" }),
      draw("path", { class: "tip", d: `M${x} ${y}h0`, "vector-effect": "non-scaling-stroke" }));
  }

  lost() {
    $("tab-latency").textContent = "–";
  }
}

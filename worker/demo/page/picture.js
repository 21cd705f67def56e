// The live picture: one circle a worker, a dot a person, and an arc for each message that goes from one worker to another.

import { draw } from "./face.js";

const centre = 200;
const ringRadius = 140;
const mostInRing = 20; // more are drawn as a grid
const mostDots = 22; // on one worker
const mostArcs = 80; // at the same time
const arcTime = 900; // ms
const darkTime = 1100; // ms that a worker stays dark at least: its death may be too brief to be seen

const still = matchMedia("(prefers-reduced-motion: reduce)");

export const keyOf = (w) => `${w.node}.${w.slot}`;

/** hueOf is the colour of the worker at that place among n: the ring is a wheel of colours. */
export const hueOf = (place, n) => (262 + (360 * place) / Math.max(n, 1)) % 360;

export class Picture {
  constructor(svg) {
    this.svg = svg;
    this.workers = new Map(); // by key
    this.arcs = 0;
    this.wires = draw("g", { class: "wires" });
    this.flying = draw("g", { class: "flying" });
    this.bodies = draw("g");
    this.number = draw("text", { x: centre, y: centre + 6, class: "number" });
    this.caption = draw("text", { x: centre, y: centre + 22, class: "caption" });
    this.hub = draw("g", { class: "hub" }, draw("circle", { cx: centre, cy: centre, r: 42 }), this.number, this.caption);
    svg.append(this.wires, this.hub, this.flying, this.bodies);
  }

  /** setWorkers draws these; each is {node, slot, pid, up, clients}. */
  setWorkers(tiles) {
    const keys = new Set(tiles.map(keyOf));
    for (const [key, w] of this.workers) {
      if (keys.has(key)) continue;
      w.g.remove();
      w.wire.remove();
      this.workers.delete(key);
    }
    this.several = new Set(tiles.map((t) => t.node)).size > 1;
    const places = layout(tiles.length);
    const ring = tiles.length > 1 && tiles.length <= mostInRing; // only that has a centre to see
    for (const e of [this.hub, this.wires]) e.style.display = ring ? "" : "none";
    const most = Math.max(4, ...tiles.map((t) => t.clients));
    tiles.forEach((tile, i) => {
      let w = this.workers.get(keyOf(tile));
      if (!w) this.workers.set(keyOf(tile), (w = this.add(tile)));
      this.place(w, places[i], hueOf(i, tiles.length));
      this.show(w, tile, most);
    });
    this.count();
  }

  add(tile) {
    const w = { tile: { ...tile, pid: 0 }, people: [], darkUntil: 0 };
    w.halo = draw("circle", { class: "halo" });
    w.body = draw("circle", { class: "body" });
    w.track = draw("circle", { class: "track" });
    w.load = draw("circle", { class: "load", pathLength: 100 });
    w.slot = draw("text", { class: "slot" });
    w.pid = draw("text", { class: "pid" });
    w.dots = draw("g", { class: "dots" });
    w.title = draw("title");
    w.g = draw("g", { class: "worker", "data-testid": "worker" }, w.title, w.halo, w.body, w.track, w.load, w.slot, w.pid, w.dots);
    w.wire = draw("line", { class: "wire" });
    this.bodies.append(w.g);
    this.wires.append(w.wire);
    return w;
  }

  place(w, p, hue) {
    Object.assign(w, p);
    w.g.setAttribute("transform", `translate(${p.x} ${p.y})`);
    for (const e of [w.g, w.wire]) e.style.setProperty("--hue", hue.toFixed(1));
    w.hue = hue;
    w.halo.setAttribute("r", p.r * 1.42);
    w.body.setAttribute("r", p.r);
    for (const e of [w.track, w.load]) e.setAttribute("r", p.r + 4);
    w.load.setAttribute("transform", "rotate(-90)");
    w.slot.setAttribute("y", p.r > 19 ? 1 : 4);
    w.slot.setAttribute("font-size", p.r > 19 ? 19 : Math.max(8, p.r * 0.8));
    w.pid.setAttribute("y", 13);
    w.pid.style.display = p.r > 19 ? "" : "none";
    for (const [k, v] of Object.entries({ x1: centre, y1: centre, x2: p.x, y2: p.y })) w.wire.setAttribute(k, v);
  }

  show(w, tile, most) {
    const reborn = w.tile.pid && tile.pid && tile.pid !== w.tile.pid && tile.up;
    const now = performance.now();
    const was = w.g.classList.contains("down");
    if (!was && (reborn || w.tile.pid && !tile.up)) w.darkUntil = now + darkTime;
    w.tile = tile;
    const dark = !tile.up || now < w.darkUntil;
    w.g.classList.toggle("down", dark);
    w.wire.classList.toggle("down", dark);
    if (now < w.darkUntil) setTimeout(() => this.show(w, w.tile, most), w.darkUntil - now + 20);
    if (was && !dark) this.pop(w);
    w.g.dataset.slot = tile.slot;
    w.g.dataset.pid = tile.pid;
    w.g.dataset.up = String(!dark);
    w.g.dataset.clients = tile.clients;
    w.slot.textContent = this.several ? `${tile.node}·${tile.slot}` : tile.slot;
    w.pid.textContent = dark ? "down" : tile.pid;
    w.load.setAttribute("stroke-dasharray", `${dark ? 0 : (100 * tile.clients) / most} 100`);
    const people = w.people.length === 1 ? "1 person" : `${w.people.length} people`;
    w.title.textContent = dark ? `worker ${tile.slot}: down` : `worker ${tile.slot}, process ${tile.pid}: ${tile.clients} connected, ${people}`;
    this.dot(w, dark);
  }

  /** setPeople draws a dot for each of these; me is the id of this tab's own. */
  setPeople(people, me) {
    for (const w of this.workers.values()) w.people = [];
    for (const p of people) this.workers.get(keyOf(p))?.people.push(p);
    this.me = me;
    for (const w of this.workers.values()) this.dot(w, w.g.classList.contains("down"));
    this.people = people.length;
    this.count();
  }

  count() {
    this.number.textContent = this.people ?? 0;
    this.caption.textContent = this.people === 1 ? "person" : "people";
  }

  // The dots sit on the side that looks away from the centre; this tab's first, and in the middle.
  dot(w, dark) {
    const list = dark ? [] : [...w.people].sort((a, b) => (b.id === this.me) - (a.id === this.me)).slice(0, mostDots);
    const radius = w.r + 13;
    const step = Math.min(15 / radius, (Math.PI * 1.7) / Math.max(list.length, 1));
    const dots = list.map((p, i) => {
      const side = (i % 2 ? 1 : -1) * Math.ceil(i / 2);
      const angle = w.angle + side * step;
      const mine = p.id === this.me;
      const at = { cx: (radius * Math.cos(angle)).toFixed(1), cy: (radius * Math.sin(angle)).toFixed(1) };
      const dot = draw("circle", { ...at, r: mine ? 5.5 : 4, class: mine ? "dot mine" : "dot", "data-testid": "dot", "data-me": mine, "data-slot": p.slot },
        draw("title", {}, mine ? `${p.name} (this tab)` : p.name));
      return mine ? draw("g", {}, draw("circle", { ...at, r: 9, class: "ring" }), dot) : dot;
    });
    w.dots.replaceChildren(...dots);
  }

  pop(w) {
    this.ripple(w);
    if (!still.matches) w.body.animate([{ r: `${w.r * 0.5}px` }, { r: `${w.r * 1.14}px`, offset: 0.6 }, { r: `${w.r}px` }], { duration: 600, easing: "ease-out" });
  }

  /** flow shows a message that was said at one worker and heard at others. */
  flow(from, to) {
    const a = this.workers.get(from);
    if (!a) return;
    this.ripple(a);
    for (const key of to) {
      const b = this.workers.get(key);
      if (b && b !== a && !b.g.classList.contains("down") && this.arcs < mostArcs) this.arc(a, b);
    }
  }

  arc(a, b) {
    // Bent towards the centre, so that arcs to neighbours are arcs too.
    const mid = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
    const bend = 0.78 - 0.26 * (Math.hypot(b.x - a.x, b.y - a.y) / ringRadius);
    const cx = centre + (mid.x - centre) * bend;
    const cy = centre + (mid.y - centre) * bend;
    const d = `M${a.x} ${a.y}Q${cx} ${cy} ${b.x} ${b.y}`;
    const trail = draw("path", { d, class: "trail" });
    const comets = ["glow", "comet"].map((c) => draw("path", { d, class: c, pathLength: 1, "stroke-dasharray": "0.18 2" }));
    const g = draw("g", {}, trail, ...comets);
    g.style.setProperty("--hue", a.hue);
    this.flying.append(g);
    this.arcs++;
    const fade = trail.animate([{ opacity: 0 }, { opacity: 0.5, offset: 0.25 }, { opacity: 0 }], { duration: arcTime + 300, fill: "both" });
    if (still.matches) for (const c of comets) c.remove();
    else {
      const way = [{ strokeDashoffset: 0.18 }, { strokeDashoffset: -1 }];
      const [fly] = comets.map((c) => c.animate(way, { duration: arcTime, easing: "cubic-bezier(.45,.05,.4,1)", fill: "both" }));
      fly.onfinish = () => this.ripple(b);
    }
    fade.onfinish = () => {
      g.remove();
      this.arcs--;
    };
  }

  ripple(w) {
    if (still.matches) return;
    const c = draw("circle", { cx: w.x, cy: w.y, r: w.r, class: "ripple" });
    c.style.setProperty("--hue", w.hue);
    this.flying.append(c);
    c.animate([{ r: `${w.r}px`, opacity: 0.8 }, { r: `${w.r + 22}px`, opacity: 0 }], { duration: 700, easing: "ease-out", fill: "both" })
      .onfinish = () => c.remove();
  }

  /** beat shows the answer to this tab's ping, on its own dot. */
  beat() {
    const ring = this.svg.querySelector(".ring");
    if (ring && !still.matches) ring.animate([{ r: "6px", opacity: 1 }, { r: "14px", opacity: 0 }, { r: "9px", opacity: 0.7 }], { duration: 900, easing: "ease-out" });
  }
}

// layout returns places for n workers: x, y, radius, and the angle that looks outwards.
function layout(n) {
  if (n === 1) return [{ x: centre, y: centre, r: 52, angle: -Math.PI / 2 }];
  if (n <= mostInRing) {
    const r = Math.min(32, ringRadius * Math.sin(Math.PI / n) * 0.62);
    return Array.from({ length: n }, (_, i) => {
      const angle = -Math.PI / 2 + (2 * Math.PI * i) / n;
      return { x: centre + ringRadius * Math.cos(angle), y: centre + ringRadius * Math.sin(angle), r, angle };
    });
  }
  const columns = Math.ceil(Math.sqrt(n));
  const cell = 384 / columns;
  const top = (400 - cell * Math.ceil(n / columns)) / 2;
  return Array.from({ length: n }, (_, i) => ({
    x: 8 + cell * ((i % columns) + 0.5),
    y: top + cell * (Math.floor(i / columns) + 0.5),
    r: cell * 0.24,
    angle: -Math.PI / 2,
  }));
}

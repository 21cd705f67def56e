// The messages of the rooms that this tab has been in, and how they are shown.

import { face } from "./face.js";

const mostKept = 300; // of one room
const mostNamed = 100; // to the server, of those that this tab has
const together = 120_000; // ms between messages of one group

const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

// order is the servers': by time, then by the life of the worker, then by its number.
function order(a, b) {
  if (a.at !== b.at || a.id === b.id) return a.at - b.at;
  const [x, y] = [a.id, b.id].map((id) => [id.slice(0, id.lastIndexOf(".")), Number(id.slice(id.lastIndexOf(".") + 1))]);
  if (x[0] !== y[0]) return x[0] < y[0] ? -1 : 1;
  return x[1] - y[1];
}

/** Store keeps what was said in one room, each message once, in order. */
export class Store {
  constructor() {
    this.list = [];
    this.ids = new Set();
  }

  /** add returns whether the message is new. */
  add(m) {
    if (this.ids.has(m.id)) return false;
    this.ids.add(m.id);
    let i = this.list.length;
    while (i > 0 && order(this.list[i - 1], m) > 0) i--;
    this.list.splice(i, 0, m);
    for (const old of this.list.splice(0, this.list.length - mostKept)) this.ids.delete(old.id);
    return true;
  }

  /** line adds a remark of this tab's own, after all that has been said so far. */
  line(text) {
    const last = this.list.at(-1);
    this.list.push({ id: `line.${Math.random()}`, at: last ? last.at : Date.now(), line: text });
  }

  /** named are the newest messages, for the server to leave out. */
  named() {
    return this.list.filter((m) => !m.line).slice(-mostNamed).map((m) => m.id);
  }
}

const make = (tag, name, text) => {
  const e = document.createElement(tag);
  if (name) e.className = name;
  if (text !== undefined) e.textContent = text;
  return e;
};

/** View shows a store, and what this tab has sent that nobody has confirmed. */
export class View {
  /** mine tells this tab's messages by their key; hue is a worker's colour. */
  constructor({ list, scroll, empty, mine, hue }) {
    Object.assign(this, { list, scroll, empty, mine, hue });
    this.shown = [];
    this.waiting = [];
  }

  /** show draws the store, and as little of it anew as can be. */
  show(store, waiting) {
    const atEnd = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 80;
    for (const e of this.waiting) e.remove();
    const list = store.list;
    let same = 0;
    if (this.store === store) while (same < this.shown.length && this.shown[same] === list[same]) same++;
    if (same < this.shown.length) {
      // Something belongs between what is there: rare, and then all is drawn.
      this.list.setAttribute("aria-busy", "true");
      this.list.replaceChildren();
      same = 0;
    }
    for (let i = same; i < list.length; i++) this.list.append(this.item(list[i], list[i - 1], same === 0));
    this.waiting = waiting.map((w) => this.item({ ...w, pending: true }, list.at(-1)));
    this.list.append(...this.waiting);
    this.list.removeAttribute("aria-busy");
    this.store = store;
    this.shown = [...list];
    this.empty.hidden = list.length + waiting.length > 0;
    const own = waiting.length > 0;
    if (atEnd || own || same === 0) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  item(m, before, old) {
    if (m.line) return make("li", "line", m.line);
    const mine = m.pending || this.mine(m.key);
    const first = !before || before.line || before.who !== m.who || before.slot !== m.slot || before.name !== m.name || m.at - before.at > together;
    const li = make("li", `message${mine ? " mine" : ""}${first ? " first" : ""}${m.pending ? " pending" : ""}${old ? "" : " new"}`);
    if (!m.pending) Object.assign(li.dataset, { testid: "message", id: m.id, slot: m.slot });
    li.dataset.mine = String(Boolean(mine));
    if (first) li.append(this.head(m, mine));
    const text = make("p", "text", m.text);
    text.dir = "auto";
    if (!m.pending) text.dataset.testid = "message-text";
    li.append(text);
    return li;
  }

  head(m, mine) {
    const head = make("div", "by");
    head.append(face(m.name), make("b", "name", mine ? "you" : m.name));
    if (m.pending) {
      head.append(make("span", "time", "on its way"));
      return head;
    }
    const when = make("time", "time", time.format(m.at));
    when.dateTime = new Date(m.at).toISOString();
    const via = make("span", "via", `via worker ${m.slot}`);
    via.dataset.testid = "via";
    via.title = `Said to worker ${m.slot}, process ${m.pid}`;
    via.style.setProperty("--hue", this.hue(m));
    head.append(when, via);
    return head;
  }
}

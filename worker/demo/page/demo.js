// The demo's page. Elements that tests may rely on have data-testid attributes; the doc comment of package demo lists them.

import { banner, fold, notice, status } from "./bar.js";
import { face, makeUp } from "./face.js";
import { Store, View } from "./messages.js";
import { Panel } from "./panel.js";
import { Picture, hueOf, keyOf } from "./picture.js";

const pingEvery = 2_000; // ms
const answerTime = 8_000; // ms that the server may take to answer
const keysKept = 300; // of this tab's own messages

const $ = (id) => document.getElementById(id);
const path = document.documentElement.dataset.path;
const roomOfHash = () => decodeURIComponent(location.hash.slice(1)) || "lobby";

const state = {
  me: null, // this tab's person, once the server has let it in
  entered: false,
  name: sessionStorage.getItem("name") || makeUp(),
  room: "lobby",
  stores: new Map(), // by room
  waiting: [], // said, not confirmed
  keys: new Set(JSON.parse(sessionStorage.getItem("keys") || "[]")),
  people: new Map(), // by id
  rooms: new Set(["lobby"]),
  unread: new Map(), // messages by room
  unseen: 0, // messages while the tab was hidden
  workers: [],
  textMax: 1000,
  lostAt: 0,
  reconnects: 0,
};
try {
  state.room = roomOfHash();
} catch {
  // A hash that nobody can read is no room.
}
sessionStorage.setItem("name", state.name);

const hue = (w) => hueOf(state.workers.findIndex((t) => keyOf(t) === keyOf(w)), state.workers.length);
const picture = new Picture($("picture"));
const panel = new Panel();
const view = new View({ list: $("messages"), scroll: $("scroll"), empty: $("empty"), mine: (key) => state.keys.has(key), hue });
const store = (room) => state.stores.get(room) ?? state.stores.set(room, new Store()).get(room);
let socket;

// ---- drawing

const make = (tag, name, ...content) => {
  const e = document.createElement(tag);
  if (name) e.className = name;
  e.append(...content);
  return e;
};

function drawMessages() {
  view.show(store(state.room), state.waiting.filter((w) => w.room === state.room));
  if (!state.me) $("empty").hidden = true; // nobody can tell yet
}

function drawRooms() {
  const here = new Map();
  for (const p of state.people.values()) here.set(p.room, (here.get(p.room) ?? 0) + 1);
  const names = [...new Set([...state.rooms, ...here.keys(), state.room])].sort((a, b) => (b === "lobby") - (a === "lobby") || a.localeCompare(b));
  const focused = document.activeElement?.dataset?.room;
  $("rooms").replaceChildren(...names.map((name) => {
    const link = make("a", "", make("span", "hash", "#"), make("span", "room-name", name));
    link.href = `#${encodeURIComponent(name)}`;
    link.dataset.testid = "room";
    link.dataset.room = name;
    if (name === state.room) link.setAttribute("aria-current", "page");
    const unread = state.unread.get(name);
    if (unread) link.append(make("span", "unread", unread > 99 ? "99+" : String(unread), make("span", "quiet", " unread")));
    else if (here.get(name)) link.append(make("span", "here", String(here.get(name)), make("span", "quiet", " here")));
    return make("li", "", link);
  }));
  if (focused !== undefined) [...$("rooms").querySelectorAll("a")].find((a) => a.dataset.room === focused)?.focus();
  const n = here.get(state.room) ?? 0;
  $("people-count").textContent = n;
  $("fold-people").textContent = `${n} here`;
  $("fold-room").textContent = state.room;
  $("room-title").textContent = state.room;
  $("another").href = `/#${encodeURIComponent(state.room)}`;
}

function drawPeople() {
  const list = [...state.people.values()].filter((p) => p.room === state.room)
    .sort((a, b) => (b.id === state.me?.id) - (a.id === state.me?.id) || a.name.localeCompare(b.name));
  const shown = JSON.stringify([list, state.me?.id, state.workers.length]);
  if (shown === drawPeople.shown) return;
  drawPeople.shown = shown;
  $("people").replaceChildren(...list.map((p) => {
    const mine = p.id === state.me?.id;
    const where = make("span", "where", `worker ${p.slot}`);
    where.style.setProperty("--hue", hue(p));
    where.title = `process ${p.pid}, ${p.transport || "unknown transport"}`;
    const li = make("li", mine ? "mine" : "", face(p.name), make("span", "who", make("b", "", p.name), where));
    if (mine) li.append(make("span", "you", "you"));
    Object.assign(li.dataset, { testid: "person", name: p.name, slot: p.slot, me: mine });
    return li;
  }));
  const workers = new Set(list.map(keyOf)).size;
  $("room-note").textContent = list.length === 0 ? "" : list.length === 1 ? "Just you. Open another tab to have company." : `${list.length} people on ${workers === 1 ? "one worker" : `${workers} workers`}`;
}

function drawWorkers() {
  picture.setWorkers(state.workers);
  picture.setPeople([...state.people.values()], state.me?.id);
  const up = state.workers.filter((w) => w.up).length;
  const n = state.workers.length;
  $("machine-note").textContent = n === 0 ? "" : up < n ? `${up} of ${n} serve; ${n - up === 1 ? "one is" : `${n - up} are`} coming back` :
    n === 1 ? "One process. Start more with --workers" : `${n} processes, one server`;
  $("lamps").replaceChildren(...state.workers.slice(0, 12).map((w) => {
    const lamp = make("i", `${w.up ? "" : "down"}${state.me && keyOf(w) === keyOf(state.me) ? " mine" : ""}`);
    lamp.style.setProperty("--hue", hue(w));
    return lamp;
  }));
  if (state.me) panel.worker(state.me, hue(state.me));
}

function drawAll() {
  drawWorkers();
  drawRooms();
  drawPeople();
  drawMessages();
}

function drawName() {
  $("name-input").value = state.name;
  $("my-face").replaceChildren(face(state.name));
}

function drawTitle() {
  document.title = state.unseen ? `(${state.unseen}) ioserver` : "ioserver";
}

// ---- talking to the server

/** ask sends an event and returns its answer; it throws what the server refuses. */
async function ask(event, ...args) {
  const answer = await socket.timeout(answerTime).emitWithAck(event, ...args);
  if (answer?.error) throw Object.assign(new Error(answer.error.message), { code: answer.error.code });
  return answer;
}

const transport = () => socket.io.engine?.transport?.name ?? "";

let entering = 0;
async function enter() {
  const attempt = ++entering;
  const room = state.room;
  try {
    const welcome = await ask("enter", { name: state.name, room, transport: transport(), seen: store(room).named() });
    if (attempt === entering) entered(welcome);
  } catch (error) {
    if (attempt !== entering || !socket.connected) return;
    if (error.code) return refused(error);
    setTimeout(() => attempt === entering && socket.connected && enter(), 1_000); // no answer
  }
}

function refused(error) {
  notice(error.message, true);
  if (error.code === "bad_room" && state.room !== "lobby") location.hash = "#lobby";
  else if (error.code === "bad_name") rename(makeUp());
  else if (error.code === "closing" || error.code === "too_fast" || error.code === "full") setTimeout(() => socket.connected && enter(), 2_000);
}

function entered(welcome) {
  const first = !state.me;
  const before = state.me;
  state.me = welcome.me;
  state.entered = true;
  state.room = welcome.me.room;
  state.textMax = welcome.textMax;
  state.people = new Map(welcome.people.map((p) => [p.id, p]));
  for (const name of welcome.rooms) state.rooms.add(name);
  state.workers = welcome.workers ?? [];
  state.unread.delete(state.room);
  const back = state.lostAt > 0;
  const caught = welcome.messages.filter((m) => !state.keys.has(m.key) && !store(state.room).ids.has(m.id)).length;
  if (back) returned(before, caught);
  for (const m of welcome.messages) take(m);
  status("online", "connected");
  banner();
  drawAll();
  panel.transport(transport());
  tellTransport();
  for (const w of state.waiting) send(w);
  if (first) $("say").focus({ preventScroll: true });
}

function returned(before, caught) {
  const seconds = ((performance.now() - state.lostAt) / 1000).toFixed(1);
  state.lostAt = 0;
  panel.reconnects(++state.reconnects);
  const { slot, pid } = state.me;
  const where = slot !== before?.slot ? `, now on worker ${slot}` : pid !== before.pid ? `: worker ${slot} has a new process, ${pid}` : `, on worker ${slot} as before`;
  const missed = caught === 0 ? "Nothing was missed." : caught === 1 ? "One message was said meanwhile." : `${caught} messages were said meanwhile.`;
  const text = `Back after ${seconds} s${where}. ${missed}`;
  notice(text);
  store(state.room).line(text);
}

let toldTransport = "";
function tellTransport() {
  const name = transport();
  panel.transport(name);
  if (!state.entered || name === toldTransport && name === state.me.transport) return;
  toldTransport = name;
  if (name !== state.me.transport) socket.emit("transport", name);
}

/** take adds a message of the server's to its room. */
function take(m) {
  state.waiting = state.waiting.filter((w) => w.key !== m.key);
  return store(m.room).add(m);
}

function say(text) {
  const w = { key: crypto.getRandomValues(new Uint32Array(3)).join("-"), text, room: state.room, at: Date.now(), who: "", name: state.name };
  state.keys.add(w.key);
  sessionStorage.setItem("keys", JSON.stringify([...state.keys].slice(-keysKept)));
  state.waiting.push(w);
  drawMessages();
  if (state.entered) send(w);
}

// send may be called again for a message that was lost on the way: the server knows it by its key.
async function send(w) {
  if (w.room !== state.room) return;
  try {
    take(await ask("say", { text: w.text, key: w.key }));
  } catch (error) {
    if (!error.code) return; // no answer: it is sent again after the next entry
    state.waiting = state.waiting.filter((x) => x !== w);
    notice(error.message, true);
    if (!$("say").value) $("say").value = w.text;
  }
  drawMessages();
}

// ---- what the server says

function onPulse(pulse) {
  for (const p of pulse.put ?? []) {
    state.people.set(p.id, p);
    if (p.id === state.me?.id) state.me = p;
  }
  for (const id of pulse.gone ?? []) state.people.delete(id);
  if (pulse.put || pulse.gone) picture.setPeople([...state.people.values()], state.me?.id);
  for (const f of pulse.flows ?? []) {
    picture.flow(keyOf(f), new Set([...state.people.values()].filter((p) => p.room === f.room).map(keyOf)));
    state.rooms.add(f.room);
    if (f.room !== state.room) state.unread.set(f.room, (state.unread.get(f.room) ?? 0) + 1);
  }
  drawRooms();
  drawPeople();
}

function onMessage(m) {
  if (!take(m)) return;
  if (m.room === state.room) drawMessages();
  if (document.hidden && !state.keys.has(m.key)) {
    state.unseen++;
    drawTitle();
  }
}

function onDisconnect(reason) {
  state.entered = false;
  entering++;
  if (state.me) state.lostAt ||= performance.now();
  status("offline", "offline");
  banner("Connection lost. Trying again; what you write meanwhile is sent when it is back.");
  panel.transport("");
  panel.session("");
  panel.lost();
  // The others are told by their workers; this tab has just lost its own.
  if (state.me && reason === "transport close") {
    state.workers = state.workers.map((w) => (keyOf(w) === keyOf(state.me) && state.workers.length > 1 ? { ...w, up: false } : w));
    drawWorkers();
  }
  if (reason === "io server disconnect") socket.connect();
}

function ping() {
  if (!state.entered) return;
  const began = performance.now();
  socket.volatile.timeout(pingEvery).emit("echo", (error) => {
    if (error || !state.entered) return;
    panel.latency(performance.now() - began);
    picture.beat();
  });
}

function connect() {
  socket = window.io({ path, reconnectionDelay: 200, reconnectionDelayMax: 2_000, timeout: 5_000 });
  socket.io.on("open", () => {
    panel.transport(transport());
    socket.io.engine.on("upgrade", tellTransport);
  });
  socket.on("connect", () => {
    status("connecting", "entering");
    panel.session(socket.id);
    enter();
  });
  socket.on("connect_error", () => {
    if (state.me) return;
    status("offline", "no answer");
    banner("The server does not answer. Trying again.");
  });
  socket.on("disconnect", onDisconnect);
  socket.on("pulse", onPulse);
  socket.on("message", onMessage);
  socket.on("workers", (workers) => {
    state.workers = workers;
    drawWorkers();
    drawPeople();
  });
  setInterval(ping, pingEvery);
}

// ---- what the person does

function go(room) {
  location.hash = `#${encodeURIComponent(room.trim().toLowerCase().replace(/\s+/g, "-"))}`;
}

function rename(name) {
  state.name = name.trim() || makeUp();
  sessionStorage.setItem("name", state.name);
  drawName();
  if (socket?.connected) enter();
}

function grow() {
  const box = $("say");
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 140)}px`;
  const left = state.textMax - [...box.value].length;
  $("left").textContent = left < 100 ? String(left) : "";
  $("left").classList.toggle("over", left < 0);
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("say").value.trim();
  if (!text || [...text].length > state.textMax) return;
  $("say").value = "";
  grow();
  say(text);
});
$("say").addEventListener("input", grow);
$("say").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});
$("go").addEventListener("submit", (event) => {
  event.preventDefault();
  if ($("room-input").value.trim()) go($("room-input").value);
  $("room-input").value = "";
});
$("rename").addEventListener("submit", (event) => {
  event.preventDefault();
  $("name-input").blur();
});
$("name-input").addEventListener("change", () => rename($("name-input").value));
$("name-input").addEventListener("focus", () => $("name-input").select());
addEventListener("hashchange", () => {
  let room = "lobby";
  try {
    room = roomOfHash();
  } catch {
    return;
  }
  if (room === state.room) return;
  state.room = room;
  state.unread.delete(room);
  fold();
  drawRooms();
  drawPeople();
  drawMessages();
  if (socket?.connected) enter();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  state.unseen = 0;
  drawTitle();
});

function missing() {
  status("missing", "no client");
  for (const id of ["say", "room-input"]) $(id).disabled = true;
  banner("The Socket.IO client script is missing from this build. Run ", make("code", "", "scripts/client.sh"), ", then ", make("code", "", "make build"), ", and start the server again.");
}

drawName();
drawAll();
panel.transport("");
const script = document.createElement("script");
script.src = `${path}socket.io.js`;
script.addEventListener("load", connect);
script.addEventListener("error", missing);
document.head.append(script);

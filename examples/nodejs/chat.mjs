// A chat over NATS: node chat.mjs [file of --backend-credentials]. Start as many as you like.
import { readFileSync } from "node:fs";
import { connect, JSONCodec } from "nats";

const { url, user, password, cluster } = JSON.parse(readFileSync(process.argv[2] ?? "app.json"));
const nc = await connect({ servers: url, user, pass: password, maxReconnectAttempts: -1 });
const { encode, decode } = JSONCodec();
const v1 = `ioserver.${cluster}.v1.`;
const emit = (event, line, room, ...but) =>
  nc.publish(v1 + "emit", encode({ event, args: [line], rooms: [room], except: but }));

// Of all processes one hears each connect, event and disconnect; what answer returns is what the server does.
function serve(what, answer) {
  const callback = async (_, m) => {
    const failed = ({ code = "failed", message }) => ({ args: [{ error: { code, message } }] });
    m.respond(encode((await answer(decode(m.data)).catch(failed)) ?? {}));
  };
  nc.subscribe(v1 + "on." + what, { queue: "chat", callback });
}
const on = (event, handle) => serve("event._." + event, async (call) => ({ args: [await handle(call, call.args[0])] }));

serve("connect._", async ({ handshake: { auth, query } }) => {
  const name = auth.name || query.name?.[0];
  if (!name) return { refuse: { message: "who are you?", data: { code: "no_name" } } };
  emit("joined", { room: "lobby", name }, "lobby");
  return { allow: { rooms: ["lobby"], data: { name } } };
});
on("join", ({ id, data }, { room }) => {
  nc.publish(v1 + "join", encode({ join: [room], rooms: [id] }));
  emit("joined", { room, ...data }, room, id);
  return "ok"; // when the client hears this, it is in the room
});
on("say", ({ id, data, rooms }, { room, text }) => {
  if (!rooms.includes(room)) throw { code: "not_in_room", message: "join it first" };
  emit("said", { room, text, ...data }, room, id);
  return "ok";
});
on("who", async (_, { room }) => {
  const m = await nc.request(v1 + "sockets", encode({ rooms: [room] }), { timeout: 6000 });
  return decode(m.data).sockets.map((socket) => socket.data);
});
serve("disconnect._", async ({ data }) => emit("left", data, "lobby"));
await nc.flush();
console.log("answers at", nc.getServer());

// A chat in a terminal: node chat.mjs NAME [URL]. "/join ROOM" enters a room, "/who" tells who is in it, and all else is said there.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [name, url = "http://localhost:3000"] = process.argv.slice(2);
const socket = io(url, { auth: { name } });
let room = "lobby";

const tell = ({ error } = {}) => error && console.log(`(${error.message})`);

socket.on("connect", () => {
  console.log(`(you are in ${room})`);
  if (room !== "lobby") socket.emit("join", { room }, tell); // it was another socket that was in it
});
socket.on("connect_error", ({ message }) => console.log(`(${message})`));
socket.on("joined", (line) => console.log(`(${line.name} joins ${line.room})`));
socket.on("said", (line) => console.log(`${line.room}, ${line.name}: ${line.text}`));
socket.on("left", (line) => console.log(`(${line.name} leaves)`));

for await (const text of createInterface({ input: process.stdin })) {
  if (text.startsWith("/join ")) {
    room = text.slice(6).trim();
    socket.emit("join", { room }, (answer) => (answer === "ok" ? console.log(`(you are in ${room})`) : tell(answer)));
  } else if (text === "/who") {
    socket.emit("who", { room }, (there) => (there.error ? tell(there) : console.log(`(${there.map((one) => one.name).join(", ")})`)));
  } else if (text) {
    socket.emit("say", { room, text }, tell);
  }
}
socket.close();

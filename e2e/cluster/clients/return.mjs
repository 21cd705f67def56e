// Official clients whose server is stopped and started again.
//
//   node return.mjs '{"url":"http://127.0.0.1:3000"}'
//
// Each client says number 1 to everybody once it is connected. After its connection was lost it has to come back without being told to, as a
// new socket that is served.
import assert from "node:assert/strict";
import { connect, connected, modes, once, request, upgraded, versions } from "../../clients/connect.mjs";
import { check, finish, input } from "../../clients/outcome.mjs";

const { url } = input();
const deadline = 50_000;

async function comeBack(version, mode, index) {
  const name = `${version} ${mode}`;
  const socket = connect(version, mode, url, { localAddress: `127.1.1.${index + 1}`, keepAlive: index % 2 === 0 });
  await check(name, "comes back", async () => {
    await connected(socket, version);
    if (mode === "upgrade") await upgraded(socket);
    const before = socket.id;
    const lost = once(socket, "disconnect");
    const back = once(socket, "connect");
    socket.emit("broadcast", { from: "server" }, "number", name, 1); // an acknowledgement might be overtaken by the end
    const [reason] = await lost;
    assert.ok(["transport close", "transport error"].includes(reason), reason);
    await back;
    assert.notEqual(socket.id, before);
    assert.deepEqual(await request(socket, "echo", "again"), ["again"]);
  }, deadline);
  socket.close();
}

const kinds = Object.keys(versions).flatMap((version) => Object.keys(modes).map((mode) => [version, mode]));
await Promise.all(kinds.map(([version, mode], index) => comeBack(version, mode, index)));
finish();

// How clients of each version come to the chat.
import { connect, connected, once, refusal, request, versions } from "../../clients/connect.mjs";

export function come(version, mode, url, name, options = {}) {
  const given = name === undefined ? {} : { name };
  const place = versions[version].protocol === 4 ? { query: given } : { auth: given };
  return connect(version, mode, url, { ...place, reconnection: false, ...options });
}

export async function inside(version, mode, url, name, options) {
  const socket = come(version, mode, url, name, options);
  await connected(socket, version);
  return socket;
}

// refused is what a client is told that may not come in: clients of protocol 4 hear the data only.
export async function refused(version, mode, url) {
  const socket = come(version, mode, url);
  try {
    const [error] = await once(socket, refusal(version));
    return versions[version].protocol === 4 ? { data: error } : { message: error.message, data: error.data };
  } finally {
    socket.close();
  }
}

// heard resolves with the next such event that is about what is wanted.
export function heard(socket, event, about) {
  return new Promise((resolve) => {
    socket.on(event, function listen(line) {
      if (Object.entries(about).some(([key, value]) => line[key] !== value)) return;
      socket.off(event, listen);
      resolve(line);
    });
  });
}

// who are the names of those in a room, in order.
export async function who(socket, room) {
  const [there] = await request(socket, "who", { room });
  return Array.isArray(there) ? there.map(({ name }) => name).sort() : there;
}

// How clients of each version come with a token.
import { connect, connected, refusal, versions } from "../../clients/connect.mjs";

export function come(version, mode, url, token, options = {}) {
  const given = token === undefined ? {} : { token };
  const place = versions[version].protocol === 4 ? { query: given } : { auth: given };
  return connect(version, mode, url, { ...place, reconnection: false, ...options });
}

// outcome is "" for a client that is let in, and the code of its refusal.
export async function outcome(version, mode, url, token) {
  const socket = come(version, mode, url, token);
  try {
    return await new Promise((resolve) => {
      socket.on("connect", () => resolve(""));
      socket.on(refusal(version), (error) => resolve((error.data ?? error).code ?? String(error)));
    });
  } finally {
    socket.close();
  }
}

export async function inside(version, mode, url, token) {
  const socket = come(version, mode, url, token);
  await connected(socket, version);
  return socket;
}

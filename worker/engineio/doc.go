// Package engineio is the Engine.IO server: sessions of revisions 3 and 4 over
// long polling, JSONP and WebSocket, with upgrade and heartbeats.
//
// A session is plain data that one [loop.Loop] owns. An idle client costs its
// session and, where it polls or has a WebSocket, registered descriptors: no
// goroutine and no buffer. HTTP is read by fasthttp on a goroutine for as long as
// a request takes; a WebSocket after its handshake leaves fasthttp and joins the
// loop. So does the connection of a client that polls, with its first request for
// a session: the loop serves such requests itself, and gives the connection back
// for everything else.
//
// Guarantees:
//   - Messages of a session reach its client in the order of Send, across an
//     upgrade too; messages of a client reach [Handler] in the order sent.
//   - [Handler.Close] is called exactly once for each [Handler.Open].
//   - Bad input closes at most its own connection or session.
//   - A session's queue is bounded in bytes; over the bound the session is
//     closed with [BufferOverflow].
//
// The wire is that of the reference, engine.io 6.6, but for:
//   - Origins are checked on every request ([CORS]); the reference checks none
//     on a WebSocket. Revision 3 is on by default.
//   - What cannot become a WebSocket is refused with 400, where the reference
//     answers 101 and then closes or writes HTTP: a revision that is switched
//     off, transport=polling. Version 8 of the draft is not spoken.
//   - AllowUpgrades holds for clients that try all the same, and a session that
//     began as a WebSocket takes no other.
//   - A WebSocket's end has RFC 6455's codes: 1001 when the server shuts down,
//     1003 for binary that is no packet (passed over there), 1002 for a length
//     over 63 bits.
//   - Heartbeats go on over an upgrade; there, a client that upgrades before it
//     answers is never timed out. A paused session is not timed out.
//   - POSTs overlap only while one waits for [Session.Resume]: a body is read
//     before the session hears of it. A WebSocket session's poll is 400 at once.
//   - JSONP of revision 3 has binary as base64, not as Node's JSON of a Buffer.
//   - Noops begin at once with the probe, not 100 ms later.
//   - Queues are bounded, those of pongs too.
//   - "*" with credentials names no origin, and of equal weights gzip is taken.
//
// Not here: Socket.IO (package socketio), which process a session lives in
// (see [Router]), TLS, WebTransport, permessage-deflate.
package engineio

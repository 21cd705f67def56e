// Package engineio is the Engine.IO server: sessions of revisions 3 and 4 over
// long polling, JSONP and WebSocket, with upgrade and heartbeats.
//
// A session is plain data that one [loop.Loop] owns. An idle client costs its
// session and, where it waits in a long poll or on a WebSocket, a registered
// descriptor: no goroutine and no buffer. HTTP is read by fasthttp on a
// goroutine for as long as a request takes; a WebSocket after its handshake and
// a poll that has to wait leave fasthttp and join the loop.
//
// Guarantees:
//   - Messages of a session reach its client in the order of Send, across an
//     upgrade too; messages of a client reach [Handler] in the order sent.
//   - [Handler.Close] is called exactly once for each [Handler.Open].
//   - Bad input closes at most its own connection or session.
//   - A session's queue is bounded in bytes; over the bound the session is
//     closed with [BufferOverflow].
//
// Not here: Socket.IO (package socketio), which process a session lives in
// (see [Router]), TLS, WebTransport, permessage-deflate.
package engineio

// Package load is thousands of Socket.IO clients in one process: what loads a
// server, ours or another, and checks what comes back.
//
// A [Fleet] is clients spread over threads. Each thread is one raw epoll loop on
// an operating system thread of its own: there is no goroutine, no timer and,
// between messages, no buffer for a client, and a message that arrives costs no
// allocation.
//
// Guarantees:
//   - What is sent carries a run, a sender, a room, a sequence number and the time
//     at which it was due. So every loss, double, stranger and change of order is
//     counted, each by its kind, and nothing is assumed of what the server does
//     with the rest.
//   - In an open loop latency counts from when a message was due, not from when it
//     was sent: neither a slow server nor a slow load hides behind the other.
//   - The load measures itself: how late its loops turn, how late it sends, what
//     CPU each thread takes.
//
// Not here: TLS, WebTransport, compression, binary events, upgrades from polling,
// clients that come back. It is no conformance test: a server's answers are read
// as far as they are needed.
//
// Sources: Engine.IO protocol, revisions 3 and 4; Socket.IO protocol, 4 and 5;
// RFC 6455.
package load

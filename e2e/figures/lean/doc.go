// Package lean is Socket.IO clients that cost next to nothing: one raw epoll loop,
// turned by the goroutine that measures, without a goroutine, a timer or, between
// messages, a buffer for a client.
//
// Guarantees: what the server sends is read whole and in order; a client that is
// lost is counted, by its reason. Times are taken as each read returns.
//
// Not here: revision 3, upgrades of sessions that have joined, binary, reconnecting, and everything of the
// protocols that measuring does not need. A [Fleet] and all that belongs to it is
// one goroutine's.
package lean

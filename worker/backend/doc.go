// Package backend lets an application outside of the server decide and answer:
// it is asked about each client that wants to join a namespace, told each event,
// whose answer is the client's acknowledgement, and told when a socket has
// ended. How it is reached is a [Caller]'s business: package overnats, package
// webhook. What is said is package contract's.
//
// Guarantees:
//   - What one socket does is told in its order: connect, its events as the
//     client sent them, disconnect. The next is told when the one before has been
//     answered, or its time is over.
//   - Nothing is told twice. An application that ends amid an event costs that
//     event its time; it is not told to another one. See [Caller] for what a
//     caller may try again.
//   - For each socket that the application may have heard of by a connect there
//     is one disconnect. Should this worker die, a [Ledger] knows what is owed.
//   - What waits for the application is bounded: one call a socket, InFlight a
//     worker, of which calls of one name have half; see [Options]. So are the
//     handlers that wait with it; see [Handlers].
//   - What goes wrong is an answer to the client, with a code, and a counter.
//     The log says it once a minute with a count.
//
// Non-goals: to keep events for an application that is away, and order between
// sockets.
package backend

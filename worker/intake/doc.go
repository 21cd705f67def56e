// Package intake takes commands from applications, and whoever else publishes
// them, over NATS: emit to clients, join and leave rooms, disconnect, ask who is
// there. docs/nats.md describes the subjects for their users, package contract
// the bodies.
//
// Commands that answer nothing (emit without acknowledgements, join, leave,
// disconnect) are heard by every worker, and each does its own sockets' part: one
// publish reaches all clients, without a hop or a lookup, and what one publisher
// sends is done in the order in which it sends it. A command that names a room or
// socket of which this worker has nobody is dropped by its subject, unread. A
// command with a reply subject is answered by one of the workers; of those that
// tell something, that one asks the others.
//
// Guarantees:
//   - A command is done whole or refused, each worker for its part. What is
//     refused is answered with a code where a reply is wanted, and counted and
//     logged, once a minute with a count, where none is.
//   - What is published before an application answers an event has been done,
//     on the worker that asked, once the Broker's Behind has returned.
//   - Nothing is ever published to a subject of the server's own, whatever reply
//     subject a command names.
//   - Answers under way are bounded.
//
// Non-goals: to keep what is published while a worker is cut off from NATS (it
// is missed, as by any subscriber of NATS: Go and HTTP enter the feed, which
// replays), and order between commands with a reply and those without, but for
// what waiting for the answer gives.
package intake

// Package broker carries messages between the worker processes of one machine
// and, through the same interface, of many machines.
//
// It knows subjects, bytes and connections, nothing of sessions or rooms. Two
// implementations pass one conformance suite (package brokertest): a NATS
// client (ConnectNATS) and a hub inside the process (NewHub) for tests and for
// programs that need no second process.
//
// # Guarantees
//
// Delivery is at most once. Messages published by one Broker reach any other
// Broker in the order of their publishing, across all of its subscriptions, and
// the handlers of one Broker are called one at a time. Whenever messages may be
// missing (a lost connection, a handler slower than its bounded queue) the
// receiver is told so at that very place of the stream, see Broker.OnGap.
// Package feed builds ordered, gap-free delivery on top of this.
//
// # Non-goals
//
// No persistence, no acknowledgement, no replay, and no buffering for a server
// that is absent.
package broker

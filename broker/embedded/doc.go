// Package embedded runs the NATS server that comes with ioserver, in a process
// of its own (the broker role), for one machine, or for several whose servers
// join into one cluster ([Peering]).
//
// # Guarantees
//
// It listens on loopback only, on exactly one port; with Peering on one more,
// for other servers only. JetStream, monitoring, websocket, MQTT, leaf nodes and
// gateways are off, and so are routes without Peering. Two credentials exist:
// the internal one reaches everything, the application one publishes to
// ioserver.<cluster>.v1.> but for what lies below on, to which it may subscribe,
// as to the replies to its own requests, and reaches nothing else.
// It handles no signals and writes to the given logger only.
//
// Servers let each other in by a credential that they derive from a shared
// secret and the cluster's name; with TLS, by certificates of one authority,
// too. One that is refused is logged on both sides, with the other's address,
// and tries again after growing pauses. Every address that a name to join stands
// for is tried, for as long as it does; a server that others tell of is tried
// for a week. A server that takes nothing for 5 s, or does not answer for 15 s,
// is cut off, and connected to again when it is back.
//
// # Non-goals
//
// Supervision (its parent's), persistence, accounts, more than one cluster.
// Without TLS, secrecy between machines: who reads the wire reads messages, and
// the credential, with which to join.
package embedded

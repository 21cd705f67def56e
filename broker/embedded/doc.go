// Package embedded runs the NATS server that comes with ioserver, in a process
// of its own (the broker role), for one machine.
//
// # Guarantees
//
// It listens on loopback only, on exactly one port. JetStream, monitoring,
// websocket, MQTT, leaf nodes, gateways and routes are off. Two credentials
// exist: the internal one reaches everything, the application one reaches
// ioserver.<cluster>.v1.> and the replies to its own requests, and nothing else.
// It handles no signals and writes to the given logger only.
//
// # Non-goals
//
// Supervision (its parent's), persistence, accounts.
package embedded

// Package nodes shows that several servers on one NATS are one to their clients
// wherever their requests arrive: see the tests' names, and README.md.
package nodes

// Package bench loads a Socket.IO server, ours or another, in one scenario after
// another, measures what the server and the load itself take meanwhile, and
// reports: what `ioserver bench` does. docs/bench.md says what each figure means.
//
// Guarantees: whatever was lost, doubled, changed or refused stands in the report
// and makes it fail; where the load was or may have been the limit itself, a
// warning says so. What happens between clients and server is package load's.
package bench

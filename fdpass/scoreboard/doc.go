// Package scoreboard is memory that the master and its children share: a row for each process, with what it has counted and what it
// measures of itself.
//
// Each process writes its own row only, and reads any row at any time without asking anybody. So what a worker has counted outlives
// it: its successor in the slot goes on from what the row says, and no sum ever goes backwards. A process that hangs can still be
// seen, by the time of its last Measure.
//
// The memory is a memfd that the master makes, sealed at its size, and that children inherit (fdpass.ScoreboardFD). It goes with the
// last process that holds it.
//
// Guarantees: every cell is read and written whole (sync/atomic). Open refuses memory of another layout.
//
// Non-goals: protection (any of the processes could write any row, so nobody may take a decision from it that it would not leave to
// the others), consistency between cells, meaning of Counters and Gauges beyond the master's own.
package scoreboard

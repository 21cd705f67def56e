// Package metrics tells how a machine's ioserver is, in Prometheus's format.
//
// One table names every metric, says what it means, and where a worker finds it.
// Each worker's [Recorder] writes its own into its row of the scoreboard once a
// second, from its event loop, so that a worker whose loop hangs can be seen; any
// worker's [View] reads all rows, and gives each metric as a total over the
// workers, ioserver_x, and by slot, ioserver_slot_x. docs/metrics.md is the table
// for people.
//
// Guarantees: no counter goes backwards, whichever workers die: a successor goes
// on from what its predecessor's row says. Of what a worker that died by force
// has counted, at most the last second is missing.
//
// Non-goals: consistency between metrics of one moment, other machines (each has
// an address of its own to ask), pushing, and how long anything is kept.
package metrics

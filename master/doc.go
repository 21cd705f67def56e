// Package master is ioserver's parent process: it owns the listeners, the slots and the child processes.
//
// A connection is accepted, a slot is chosen for it, and its descriptor is put into the slot's inbox; the master never reads a
// byte of it. Each slot has one worker process, and a worker that dies is replaced in its slot, so that no other address moves.
// The embedded bus server, when there is one, is a child too. Children are this same binary, started anew from /proc/self/exe
// with inherited descriptors (see fdpass); they end when the master does, however it ends. What it knows of them, and what it counts,
// is on the scoreboard that all share; a worker that serves but has long stopped to measure itself there is killed and replaced.
//
// Listeners are those that it opens itself and those that a service manager hands to it, each for clients or for the HTTP API. The
// API's connections go to the serving slots in turn: any worker answers them.
//
// Before that stand the limits (Limits): who comes faster than they may waits in line, unread; whose address, or which slot, has as many
// connections as it may is told to come again. Where a limit counts connections, workers note what becomes of them (turnstile), and
// the ledger adds up.
//
// Guarantees: accepting never waits for a worker. What a slot cannot take waits in a list that is bounded in number and age, and
// beyond it is answered with 503, never left hanging. One goroutine (run) owns all state of slots and children.
//
// Non-goals: parsing HTTP, knowing sessions, speaking to the bus.
package master

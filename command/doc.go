// Package command is the ioserver command as a package: flags, environment and
// the choice of this process's role. A Go program with handlers of its own calls
// [Main] and has the master, the workers and the broker of the ioserver binary,
// with its handlers in every worker.
//
// A process learns its role from the channel that a master has given it, never
// from what a person types. Errors end as one line on standard error: status 2
// for what was typed, 1 for what failed.
//
// Not here: what the roles do (packages master, worker, broker/embedded).
package command

// Package command is the ioserver command as a package: settings from flags,
// environment and configuration file, the choice of this process's role, and the
// commands around it (check-config, version, completion, man). A Go program with
// handlers of its own calls [Main] and has the master, the workers and the broker
// of the ioserver binary, with its handlers in every worker.
//
// A process learns its role from the channel that a master has given it, never
// from what a person types. All settings stand in one table (flags.go), which
// everything that lists them is made from. Errors end as one line on standard
// error: status 2 for what was typed or stands in a file, 1 for what failed. A
// reload that cannot be read changes nothing, and tokens leave the master only as
// hashes.
//
// Not here: what the roles do (packages master, worker, broker/embedded).
package command

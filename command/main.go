package command

import (
	"errors"
	"fmt"
	"os"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/master"
	"github.com/ioserver/ioserver/worker"
)

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Main runs the process, whatever its role, and returns its exit status. The
// apps register their handlers in each worker, in this order.
//
// Broker and workers are the same program started anew, without arguments: what
// comes before the call is done in each of these processes. So let an app open
// what its handlers need; a worker that ends in it is started again.
func Main(args []string, apps ...worker.App) int {
	if control, ok := fdpass.Inherited(); ok {
		return child(control, apps)
	}
	return status(newProgram().run(args))
}

// status prints an error as one line and returns the exit status.
func status(err error) int {
	var usage *usageError
	var exit *master.ExitError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "ioserver:", usage)
		return exitUsage
	case errors.As(err, &exit):
		fmt.Fprintln(os.Stderr, "ioserver:", exit)
		return exit.Code
	}
	fmt.Fprintln(os.Stderr, "ioserver:", err)
	return exitFailed
}

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

package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/ioserver/ioserver/command/logging"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/master"
	"github.com/ioserver/ioserver/worker"
	"github.com/urfave/cli/v2"
)

// Version is stamped in by the build.
var Version = "unknown"

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
	o := defaults()
	flags := newFlags(o)
	app := &cli.App{
		Name:            "ioserver",
		Usage:           "serves Socket.IO clients on every core",
		UsageText:       "ioserver [flags]",
		Version:         Version,
		HideHelpCommand: true,
		Flags:           flags.all(),
		OnUsageError:    func(_ *cli.Context, err error, _ bool) error { return flags.usage(err) },
		ExitErrHandler:  func(*cli.Context, error) {}, // the status is ours to choose
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return &usageError{what: "argument", given: c.Args().First(), accepted: "flags only (ioserver --help lists them)"}
			}
			if err := o.secrets(); err != nil {
				return err
			}
			if err := o.check(); err != nil {
				return err
			}
			return serve(o)
		},
	}
	return status(flags.first(app.Run(args)))
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

// serve is the master role: until a signal, or a second one.
func serve(o *options) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// A log or a banner that nobody reads any more must not end the server.
	signal.Ignore(syscall.SIGPIPE)
	kill := make(chan struct{})
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for _, act := range []func(){cancel, func() { close(kill) }} {
			select {
			case <-signals:
				act()
			case <-ended:
				return
			}
		}
	}()
	mo, err := o.master()
	if err != nil {
		return err
	}
	log := logging.New(os.Stderr, o.logging)
	defer log.Close()
	mo.Logger = log.Logger()
	o.caution(mo.Logger)
	mo.Kill = kill
	mo.Started = func(s master.Started) { o.banner(os.Stdout, s) }
	return master.Run(ctx, mo)
}

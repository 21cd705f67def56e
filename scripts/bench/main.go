// The program bench is what scripts/bench.sh runs: it loads ioserver with several
// numbers of workers, and Socket.IO on Node.js where that is installed, by
// `ioserver bench` with several numbers of clients, and writes a report with plots.
//
// Every figure of the report is one that `ioserver bench` measured, or the median
// of several; results.json has them all, and the folder runs what they were taken
// from. One server runs at a time, fresh for each number of clients. It ends all
// that it starts, also when it is interrupted or killed.
//
// It is no load generator (bench is), and no judge of anything but losses: the exit
// status is 1 where ioserver lost anything, whatever the figures are.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// The exit statuses beside 0.
const (
	statusFailed      = 1
	statusUsage       = 2
	statusInterrupted = 130
)

// The system ends a child when the thread that began it ends: the main one stays.
func init() { runtime.LockOSThread() }

func main() { os.Exit(run()) }

func run() int {
	o, err := parse(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench.sh:", err)
		return statusUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err = measure(ctx, o)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "bench.sh: interrupted; everything it started has ended, and there is no report")
		return statusInterrupted
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench.sh:", err)
		return statusFailed
	}
	return 0
}

// measure does the whole, and writes what it came to.
func measure(ctx context.Context, o *options) error {
	r, err := sweep(ctx, o)
	if err != nil {
		return err
	}
	if err := r.write(o.out); err != nil {
		return err
	}
	fmt.Printf("\nreport: %s/report.html, report.md, plots/, results.json\n", o.out)
	if o.docs != "" {
		if err := r.document(o.docs); err != nil {
			return err
		}
		fmt.Printf("written: %s/benchmarks.md and %s/benchmarks/\n", o.docs, o.docs)
	}
	if n := r.failures(); n > 0 {
		return fmt.Errorf("ioserver lost something in %d of its runs: see the report", n)
	}
	return nil
}

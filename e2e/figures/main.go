// Command figures measures what ioserver costs and how fast it is, row by row,
// each figure beside its yardstick in the same run.
//
//	go run ./figures -ioserver ../bin/ioserver [-floor BINARY] [-runs 3] ROW...
//
// Without rows it lists them. "quick" is all that take less than a minute, "all"
// is all. It exits 1 where a client, a message or an acknowledgement was lost, or
// one came that should not have; a missed target is said, and is no failure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	was, err := part()
	if !was {
		err = run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

func run() error {
	var o options
	flag.StringVar(&o.ioserver, "ioserver", "../bin/ioserver", "`binary` under test")
	flag.StringVar(&o.app, "app", "", "`binary` of ./figures/app; none: built")
	flag.StringVar(&o.floor, "floor", "", "`binary` of the floor, a server that does next to nothing: takes -port; none: rows that need it do without")
	flag.StringVar(&o.node, "node", "", "`script` of the reference, which takes WORKERS and PORT; none: figures/reference/cluster.mjs")
	flag.DurationVar(&o.quiet, "quiet", 0, "wait at most so `long` before each row until the machine is quiet")
	flag.DurationVar(&o.idle, "idle", 3*time.Minute, "how `long` idle clients are kept")
	flag.BoolVar(&o.tiny, "tiny", false, "tiny numbers, which show that the rows work and nothing else")
	runs := flag.Int("runs", 1, "`times` that each row is measured")
	flag.Parse()
	if flag.NArg() == 0 {
		list(os.Stdout)
		return nil
	}
	chosen, err := choose(flag.Args())
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	b, err := newBench(ctx, o, os.Stdout)
	if err != nil {
		return err
	}
	defer b.close()
	var failed error
	for range *runs {
		for _, r := range chosen {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err := b.measure(r); err != nil {
				fmt.Fprintf(os.Stdout, "%-12s FAILED: %v\n", r.name, err)
				failed = errors.Join(failed, fmt.Errorf("%s: %w", r.name, err))
			}
		}
	}
	if *runs > 1 {
		b.medians()
	}
	return failed
}

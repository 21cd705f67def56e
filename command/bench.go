package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/ioserver/ioserver/bench"
)

// benchmark is what the flags of bench set.
type benchmark struct {
	*bench.Options
	json, csv, html string // files
}

// benchCommand loads a server.
func benchCommand() *subcommand {
	b := &benchmark{Options: bench.Defaults()}
	return &subcommand{
		name:      "bench",
		usage:     "load a Socket.IO server, this one or another, and report",
		manual:    "Loads a Socket.IO server, this one or any other, with thousands of clients in one scenario after another (connect, idle, echo where none is named), and prints what came of it. The exit status is 1 where a client, a message or an acknowledgement was lost, doubled or changed.",
		words:     bench.Scenarios(),
		many:      true,
		arguments: strings.Join(bench.Scenarios(), ", "),
		own:       b.table(),
		run:       b.run,
	}
}

// run does the scenarios, which are words with spaces between.
func (b *benchmark) run(p *program, scenarios string) error {
	o := *b.Options
	o.Scenarios, o.Version = strings.Fields(scenarios), version()
	files, err := b.files()
	if err != nil {
		return err
	}
	// The threads never leave their processors to others, and someone has to
	// collect what they measure.
	runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), o.Threads+1))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second one ends at once
	r, err := bench.Run(ctx, o, os.Stderr)
	if err != nil {
		return errors.Join(benchUsage(err), files.close())
	}
	if err := errors.Join(r.Table(p.out), files.write(r), files.close()); err != nil {
		return err
	}
	if !r.OK {
		return errors.New("bench: " + r.Verdict())
	}
	return nil
}

// benchUsage words what is wrong with the flags as this package does.
func benchUsage(err error) error {
	var usage *bench.UsageError
	if !errors.As(err, &usage) {
		return err
	}
	what := "--" + usage.Option
	if usage.Option == "scenario" {
		what = usage.Option
	}
	return &usageError{what: what, given: usage.Given, problem: oneLine(usage.Problem)}
}

// reportFile is a file for one form of the report.
type reportFile struct {
	file  *os.File
	write func(*bench.Report) error
}

type reportFiles []reportFile

// files opens what the report goes to, before anything is measured for it.
func (b *benchmark) files() (reportFiles, error) {
	var all reportFiles
	add := func(name string, write func(*os.File) func(*bench.Report) error) error {
		if name == "" {
			return nil
		}
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666)
		if err == nil {
			all = append(all, reportFile{f, write(f)})
		}
		return err
	}
	err := errors.Join(
		add(b.json, func(f *os.File) func(*bench.Report) error {
			return func(r *bench.Report) error { return r.JSON(f) }
		}),
		add(b.csv, func(f *os.File) func(*bench.Report) error {
			return func(r *bench.Report) error { return r.CSV(f) }
		}),
		add(b.html, func(f *os.File) func(*bench.Report) error {
			return func(r *bench.Report) error { return r.HTML(f) }
		}),
	)
	if err != nil {
		return nil, errors.Join(err, all.close())
	}
	return all, nil
}

func (f reportFiles) write(r *bench.Report) (err error) {
	for _, one := range f {
		// Of an earlier report nothing stays; a pipe has nothing to cut off.
		if info, serr := one.file.Stat(); serr == nil && info.Mode().IsRegular() {
			err = errors.Join(err, one.file.Truncate(0))
		}
		if werr := one.write(r); werr != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", one.file.Name(), werr))
		}
	}
	return err
}

func (f reportFiles) close() (err error) {
	for _, one := range f {
		err = errors.Join(err, one.file.Close())
	}
	return err
}

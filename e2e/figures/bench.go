package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

type options struct {
	ioserver, app, floor, node string
	module                     string // folder of the e2e module; "": the working directory
	quiet, idle                time.Duration
	tiny                       bool
}

// bench is what the rows share.
type bench struct {
	options
	ctx     context.Context
	out     io.Writer
	dir     string   // for what is built; removed at the end
	row     string   // being measured
	fresh   []figure // of the row
	figures []figure // of all
	running []*target
	loops   []*lean.Loop
}

func newBench(ctx context.Context, o options, out io.Writer) (*bench, error) {
	// servers take it from the environment that they inherit
	if err := os.Setenv("IOSERVER_API_TOKEN", apiToken); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "ioserver-figures-")
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, ctx: ctx, out: out, dir: dir}
	if b.app == "" {
		b.app = filepath.Join(dir, "app")
		build := exec.CommandContext(ctx, "go", "build", "-o", b.app, "./figures/app")
		build.Dir = o.module
		if text, err := build.CombinedOutput(); err != nil {
			b.close()
			return nil, fmt.Errorf("build the application: %w\n%s", err, text)
		}
	}
	return b, nil
}

func (b *bench) close() { os.RemoveAll(b.dir) }

// measure runs a row, and ends all that it has started.
func (b *bench) measure(r row) error {
	b.row, b.fresh = r.name, nil
	if b.quiet > 0 {
		if err := awaitQuiet(b.ctx, b.quiet); err != nil {
			return err
		}
	}
	before, err := readNoise()
	if err != nil {
		return err
	}
	err = errors.Join(r.run(b), b.stop())
	noise, noiseErr := before.since()
	for _, f := range b.fresh {
		f.print(b.out, noise)
	}
	b.figures = append(b.figures, b.fresh...)
	return errors.Join(err, noiseErr)
}

func (b *bench) stop() (err error) {
	for _, l := range b.loops {
		l.Close()
	}
	for _, t := range b.running {
		err = errors.Join(err, t.end())
	}
	b.loops, b.running = nil, nil
	return err
}

func (b *bench) medians() {
	fmt.Fprintln(b.out, "medians:")
	for _, f := range medians(b.figures) {
		f.print(b.out, "")
	}
}

// tell notes a figure.
func (b *bench) tell(f figure) {
	f.row = b.row
	b.fresh = append(b.fresh, f)
}

// count and span are the numbers of a measurement, and those of one that is only
// to show that it works.
func (b *bench) count(real, tiny int) int {
	if b.tiny {
		return tiny
	}
	return real
}

func (b *bench) span(real time.Duration) time.Duration {
	if b.tiny {
		return min(real, 200*time.Millisecond)
	}
	return real
}

// patience is how long anything may take that has to happen.
const patience = 2 * time.Minute

// open connects clients on a loop that ends with the row.
func (b *bench) open(o lean.Options) (*lean.Fleet, error) {
	l, err := lean.NewLoop()
	if err != nil {
		return nil, err
	}
	b.loops = append(b.loops, l)
	return lean.Open(l, o, patience)
}

// settle lets servers and clients come to rest: clients answer heartbeats.
func settle(f *lean.Fleet, length time.Duration) error {
	err := f.Until(length, func() bool { return f.Lost > 0 })
	if errors.Is(err, lean.ErrLate) {
		return nil
	}
	return errors.Join(err, f.Whole())
}

package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/ioserver/ioserver/bench/load"
	"github.com/ioserver/ioserver/bench/proc"
	"github.com/ioserver/ioserver/bench/report"
)

// Report is what a run came to.
type Report = report.Report

// runner does the scenarios of a run.
type runner struct {
	*plan
	report    *Report
	progress  *progress
	fleet     *load.Fleet
	transport string
	used      bool       // the fleet has done more than connect
	server    *proc.Tree // nil: not measured
	self      *proc.Tree
	before    proc.Usage // of the server, before the fleet
	selfBase  int64      // memory of this process, before the fleet
}

// Run does what the options say, and tells how it goes to progress. The end of the
// context ends the scenario that runs, in order, and leaves out the others. What
// was lost is told by the report, not by an error. A *UsageError is an option that
// cannot be used, more clients than there are descriptors for among them.
func Run(ctx context.Context, o Options, to io.Writer) (*Report, error) {
	p, err := check(ctx, o)
	if err != nil {
		return nil, err
	}
	r := &runner{plan: p, progress: newProgress(to)}
	if r.self, err = proc.Open(os.Getpid()); err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	if o.PID != 0 {
		if r.server, err = proc.Open(o.PID); err != nil {
			return nil, &UsageError{"pid", fmt.Sprint(o.PID), "there is no such process"}
		}
	}
	r.report = &Report{
		Version: o.Version, Started: time.Now(), Machine: report.Machine(proc.ThisMachine()), OK: true,
		Target: report.Target{URL: o.URL, Path: o.Path, Namespace: o.Namespace, Revision: o.Revision, PID: o.PID},
	}
	if err := r.all(ctx); err != nil {
		return nil, err
	}
	r.report.Seconds = time.Since(r.report.Started).Seconds()
	r.conclude()
	return r.report, nil
}

// all does the scenarios.
func (r *runner) all(ctx context.Context) error {
	defer r.disband()
	for _, name := range r.Scenarios {
		if ctx.Err() != nil {
			r.report.Interrupted = true
			return nil
		}
		there, err := r.assemble(ctx, name)
		if err != nil {
			return err
		}
		if !there {
			r.warn("nobody could connect: the scenarios from " + name + " on were left out")
			return nil
		}
		if name == Connect || ctx.Err() != nil {
			continue
		}
		if err := r.scenario(ctx, name); err != nil {
			return err
		}
		r.used = true
	}
	r.report.Interrupted = ctx.Err() != nil
	return nil
}

// assemble has the clients that a scenario needs, and says whether any are there.
func (r *runner) assemble(ctx context.Context, name string) (bool, error) {
	transport := r.Transport
	if name == Polling {
		transport = LongPolling
	}
	if r.fleet != nil && transport == r.transport && !(name == Connect && r.used) {
		return r.fleet.Counts().Ready > 0, nil
	}
	r.disband()
	if r.server != nil {
		r.before = r.server.Measure(true)
	}
	r.selfBase = r.self.Measure(false).RSS
	f, err := load.New(r.plan.fleet(transport))
	var many *load.DescriptorError
	if errors.As(err, &many) {
		return false, &UsageError{"clients", fmt.Sprint(r.Clients), many.Error()}
	}
	if err != nil {
		return false, err
	}
	r.fleet, r.transport, r.used = f, transport, name == Connect
	m := r.measure(Connect, int64(r.Clients))
	out := f.Connect(ctx, m.hooks())
	s := m.scenario(out)
	s.Unit, s.Operations = "connections", out.Counts.Opened
	s.Loop, s.Rate, s.InFlight = "closed", r.ConnectRate, r.Connecting
	if r.ConnectRate > 0 {
		s.Loop, s.InFlight = "open", 0
	}
	s.Basis = basis(s.Loop, "from the TCP connection to the namespace")
	r.add(s, out)
	return out.Counts.Ready > 0, nil
}

// disband has the clients leave.
func (r *runner) disband() {
	if r.fleet != nil {
		r.progress.say("clients leave")
		r.fleet.Close(context.Background())
		r.fleet = nil
	}
}

// conclude judges the whole.
func (r *runner) conclude() {
	r.progress.end()
	if r.report.Interrupted {
		r.report.OK = false
		r.warn("it was interrupted")
	}
	for i := range r.report.Scenarios {
		if r.report.Scenarios[i].Faults.Total() > 0 {
			r.report.OK = false
		}
	}
	if len(r.report.Scenarios) == 0 {
		r.report.OK = false
	}
}

func (r *runner) warn(text string) { r.report.Warnings = append(r.report.Warnings, text) }

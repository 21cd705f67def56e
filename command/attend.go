package command

import (
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/command/systemd"
	"github.com/ioserver/ioserver/master"
)

// attendant tells service manager and terminal what becomes of the server.
type attendant struct {
	notifier *systemd.Notifier
	logger   *slog.Logger
	started  atomic.Bool
	within   atomic.Int64 // the shutdown timeout in force, ns
}

// attend completes mo with an attendant. It uses mo's logger.
func attend(mo *master.Options, c *configuration) *attendant {
	m, err := systemd.New()
	a := &attendant{notifier: m, logger: mo.Logger}
	a.tell(err)
	a.within.Store(int64(mo.ShutdownTimeout))
	workers, banner := c.workers, *c.options // a reload changes c
	mo.Started = func(s master.Started) {
		// Nobody waits for it: who holds standard output may never read it.
		go banner.banner(os.Stdout, s)
		a.started.Store(true) // who hears that it serves may ask for a reload at once
		a.tell(m.Ready(serves(workers)))
	}
	mo.Pulse = m.Pulse()
	mo.OnPulse = func(p master.Pulse) { a.tell(m.Watchdog(p.Serving, p.Slots)) }
	mo.Stopping = func() { a.tell(m.Stopping(time.Duration(a.within.Load()))) }
	return a
}

// reloading tells the manager that a reload begins, and returns what tells that
// it has ended. While the server still starts neither is told: the manager would
// take its end for the start's.
func (a *attendant) reloading(workers int) (ended func()) {
	if !a.started.Load() {
		return func() {}
	}
	a.tell(a.notifier.Reloading())
	return func() { a.tell(a.notifier.Ready(serves(workers))) }
}

func (a *attendant) tell(err error) {
	if err != nil {
		a.logger.Warn("service manager", "error", err)
	}
}

func serves(workers int) string {
	if workers == 1 {
		return "1 worker serves"
	}
	return fmt.Sprintf("%d workers serve", workers)
}

package master

import (
	"os"
	"time"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// watch is the master's look at its workers, and at itself.
type watch struct {
	bounds  watchBounds
	at      time.Time // the next
	looked  time.Time // the last
	pulseAt time.Time // the next Options.OnPulse; zero: none
}

// watchBounds are limits.go's, smaller in tests.
type watchBounds struct{ every, stalled, kill time.Duration }

// pulse is what watch knows of a worker.
type pulse struct {
	beat    int64         // the last one seen
	quiet   time.Duration // for how long it has been the same
	stalled bool
	killed  bool
}

// prepareRow begins the master's own row.
func (r *run) prepareRow() {
	row := r.board.Master()
	row.Begin(r.nextLife(), r.began.UnixNano())
	row.PID.Store(uint64(os.Getpid()))
	row.Measure()
	r.watch.looked, r.watch.at = r.began, r.began.Add(r.watch.bounds.every)
	if r.options.OnPulse != nil && r.options.Pulse > 0 {
		r.watch.pulseAt = r.began.Add(r.options.Pulse)
	}
}

// watchDue looks, and tells, when it is time.
func (r *run) watchDue(now time.Time) {
	if !now.Before(r.watch.at) {
		r.look(now)
	}
	if at := r.watch.pulseAt; !at.IsZero() && !now.Before(at) {
		r.watch.pulseAt = now.Add(r.options.Pulse)
		p := Pulse{Slots: len(r.slots)}
		for _, s := range r.slots {
			if s.serving() {
				p.Serving++
			}
		}
		r.options.OnPulse(p)
	}
}

// look measures the master and judges every serving worker.
func (r *run) look(now time.Time) {
	w := &r.watch
	passed := min(now.Sub(w.looked), 2*w.bounds.every)
	w.looked, w.at = now, now.Add(w.bounds.every)
	r.board.Master().Measure()
	for _, s := range r.slots {
		if s.ready() {
			r.judge(s.child, passed)
		}
	}
	r.reconcile()
}

// judge compares a worker's beat with the one that was there some time before. A worker that has never beaten is not judged.
func (r *run) judge(c *child, passed time.Duration) {
	if beat := c.row.Beat.Load(); beat != c.beat || beat == 0 {
		c.beat, c.quiet = beat, 0
		if c.stalled {
			c.stalled = false
			c.row.State.Store(uint32(scoreboard.Serving))
			r.log.Info("worker turns again", "slot", c.slot.index, "pid", c.process.Pid())
		}
		return
	}
	c.quiet += passed
	if c.quiet >= r.watch.bounds.stalled && !c.stalled {
		c.stalled = true
		c.row.State.Store(uint32(scoreboard.Stalled))
		r.board.Master().Counters[scoreboard.Stalls].Add(1)
		r.log.Warn("worker does not turn", "slot", c.slot.index, "pid", c.process.Pid(), "for", c.quiet.Round(time.Millisecond))
	}
	if c.quiet >= r.watch.bounds.kill && !c.killed {
		c.killed = true
		r.board.Master().Counters[scoreboard.StallKills].Add(1)
		r.log.Error("worker does not turn, killing it", "slot", c.slot.index, "pid", c.process.Pid(), "for", c.quiet.Round(time.Millisecond))
		c.process.Kill()
	}
}

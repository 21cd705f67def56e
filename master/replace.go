package master

import (
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// replacing is the worker that is being replaced, one at a time: its successor serves before the next one is asked to end.
type replacing struct {
	slot   *slot     // nil: none is
	killAt time.Time // zero once it has ended
}

// replaceBounds are limits.go's, smaller in tests.
type replaceBounds struct{ end, kill time.Duration }

// nodeTaken settles that two machines have one number: this one draws another, and has workers with it. All workers say it; the first
// one is listened to.
func (r *run) nodeTaken(m fdpass.NodeTaken) {
	if r.stopping() || m.Node != r.node || m.Boot == r.boot {
		return
	}
	for r.node == m.Node {
		r.node = r.drawNode()
	}
	r.board.Master().Counters[scoreboard.NodeChanges].Add(1)
	r.log.Warn("another machine of the cluster has this one's number: taking another, and replacing the workers one after another",
		"number", m.Node, "host", m.Host, "now", r.node)
	r.replaceNext()
}

// replaceNext asks a worker that has an old number to end. One that does not serve yet has its turn when it does.
func (r *run) replaceNext() {
	if r.stopping() || r.replacing.slot != nil {
		return
	}
	for _, s := range r.slots {
		if !s.ready() || s.child.node == r.node {
			continue
		}
		r.replacing = replacing{s, time.Now().Add(r.replaceBounds.kill)}
		s.child.replaced = true
		r.tell(s.child, fdpass.Stop{Timeout: r.replaceBounds.end})
		return
	}
}

// replaced: a worker serves, perhaps the awaited successor.
func (r *run) replaced(s *slot) {
	if r.replacing.slot == s {
		r.replacing = replacing{}
	}
	r.replaceNext()
}

// replaceDue ends a worker that takes too long to end.
func (r *run) replaceDue(now time.Time) {
	at := r.replacing.killAt
	if at.IsZero() || now.Before(at) {
		return
	}
	r.replacing.killAt = time.Time{}
	if c := r.replacing.slot.child; c != nil && c.replaced {
		r.log.Error("worker did not end in time, killing it", "slot", c.slot.index, "pid", c.process.Pid())
		c.process.Kill()
	}
}

package worker

import (
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
)

// loadPause gathers changes into one report.
const loadPause = 50 * time.Millisecond

// load tells the master how much this worker holds, for it to balance by. It
// sends nothing while nothing changes.
type load struct {
	control *fdpass.Control
	inbox   *inbox
	engine  *engineio.Server
	loop    *loop.Loop
	pending atomic.Bool

	// The rest belongs to the loop.
	timer loop.Timer
	last  fdpass.Load
}

// look is called at the end of each turn of the loop: sessions begin and end at
// any time, also on connections that came long before.
func (l *load) look() {
	if l.engine.Len() != l.last.Open {
		l.changed()
	}
}

// changed has a report sent soon. Any goroutine may call it.
func (l *load) changed() {
	if l.pending.CompareAndSwap(false, true) {
		l.loop.Post(l)
	}
}

// Run waits for more changes to report.
func (l *load) Run() { l.loop.Arm(&l.timer, l.loop.Now().Add(loadPause), l) }

// Expire reports.
func (l *load) Expire(*loop.Timer) {
	l.pending.Store(false)
	now := fdpass.Load{Accepted: l.inbox.accepted.Load(), Open: l.engine.Len()}
	if now != l.last && l.control.Send(now) == nil {
		l.last = now
	}
}

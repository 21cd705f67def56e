package worker

import (
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
)

const (
	// loadPause gathers changes into one report.
	loadPause = 50 * time.Millisecond
	// loadWatch is how often an unchanged worker with sessions looks again,
	// since those may end.
	loadWatch = time.Second
)

// load tells the master how much this worker holds, for it to balance by. It
// sends nothing while nothing changes, and does nothing without sessions.
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
	s := l.engine.Stats()
	now := fdpass.Load{
		Accepted: l.inbox.accepted.Load(),
		Open:     int(s.Polling.V3 + s.Polling.V4 + s.WebSocket.V3 + s.WebSocket.V4),
	}
	if now != l.last && l.control.Send(now) == nil {
		l.last = now
	}
	if now.Open > 0 {
		l.loop.Arm(&l.timer, l.loop.Now().Add(loadWatch), l)
	}
}

package worker

import (
	"context"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
)

// drainLook is how often a stopping worker looks whether its last clients have
// taken their farewell.
const drainLook = 10 * time.Millisecond

// drain waits on the loop for its last connection to end.
type drain struct {
	loop  *loop.Loop
	timer loop.Timer
	done  chan struct{}
}

// awaitDrain returns when no connection is left, or with the context.
func awaitDrain(ctx context.Context, l *loop.Loop) {
	d := &drain{loop: l, done: make(chan struct{})}
	if !l.Post(d) {
		return
	}
	select {
	case <-d.done:
	case <-ctx.Done():
	case <-l.Done():
	}
}

// Run begins to look.
func (d *drain) Run() { d.Expire(&d.timer) }

// Expire looks.
func (d *drain) Expire(*loop.Timer) {
	if d.loop.Stats().Conns == 0 {
		close(d.done)
		return
	}
	d.loop.Arm(&d.timer, d.loop.Now().Add(drainLook), d)
}

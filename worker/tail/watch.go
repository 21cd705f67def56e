package tail

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/worker/socketio"
)

// watch is a viewer that this worker tells.
type watch struct {
	hub    *Hub
	id     string
	filter Filter
	to     sink
	ctx    context.Context
	cancel context.CancelFunc
	until  atomic.Int64 // nanoseconds since the hub's beginning of time; 0: for good
	wake   chan struct{}

	mu    sync.Mutex
	lines []byte
	lost  uint64
}

// sink takes lines, and may take its time.
type sink interface {
	take(ctx context.Context, lines []byte) error
}

func newWatch(h *Hub, id string, f Filter, to sink) *watch {
	w := &watch{hub: h, id: id, filter: f, to: to, wake: make(chan struct{}, 1)}
	w.ctx, w.cancel = context.WithCancel(h.ctx)
	w.renew()
	return w
}

func (w *watch) renew() { w.until.Store(time.Now().Add(lease).UnixNano()) }

// see notes what there is to tell. On the loop.
func (w *watch) see(v *socketio.Sighting) {
	if !w.filter.wants(v) {
		return
	}
	if w.full() {
		return
	}
	w.put(w.hub.describe(v, w.filter.Args).line())
}

// full reports whether there is no room, which loses the record.
func (w *watch) full() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.lines) < w.hub.limits.source {
		return false
	}
	w.lost++
	w.hub.counters.lost.Add(1)
	return true
}

func (w *watch) put(line []byte) {
	w.mu.Lock()
	w.lines = append(w.lines, line...)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// next takes what waits.
func (w *watch) next() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := w.lines
	w.lines = nil
	if w.lost > 0 {
		r := w.hub.record(Lost, time.Now())
		r.Count, w.lost = w.lost, 0
		lines = append(lines, r.line()...)
	}
	return lines
}

// run tells until the viewer has gone, or asks no more.
func (w *watch) run() {
	defer w.gone()
	w.hub.spectate()
	w.put(w.hub.record(Watching, time.Now()).line())
	look := time.NewTicker(renewal)
	defer look.Stop()
	for {
		select {
		case <-w.ctx.Done():
			return
		case <-look.C:
			if time.Now().UnixNano() > w.until.Load() {
				return
			}
		case <-w.wake:
			if lines := w.next(); len(lines) > 0 && w.to.take(w.ctx, lines) != nil {
				w.missed(lines)
			}
		}
	}
}

// missed counts lines that could not be told.
func (w *watch) missed(lines []byte) {
	n := uint64(0)
	for _, b := range lines {
		if b == '\n' {
			n++
		}
	}
	w.hub.counters.lost.Add(n)
	w.mu.Lock()
	w.lost += n
	w.mu.Unlock()
}

func (w *watch) gone() {
	w.cancel()
	w.hub.mu.Lock()
	if w.hub.watches[w.id] == w {
		delete(w.hub.watches, w.id)
	}
	w.hub.mu.Unlock()
	w.hub.spectate()
}

// overBus tells a viewer of another worker: one batch at a time is under way.
type overBus struct {
	bus     broker.Broker
	subject string
}

func (o *overBus) take(ctx context.Context, lines []byte) error {
	ctx, cancel := context.WithTimeout(ctx, flushDeadline)
	defer cancel()
	if err := o.bus.Publish(o.subject, lines); err != nil {
		return fmt.Errorf("tell a viewer: %w", err)
	}
	if err := o.bus.Flush(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("tell a viewer: %w", err)
	}
	return nil
}

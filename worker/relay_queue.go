package worker

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/broker"
)

const (
	// queueReserve is for short frames, which end what others wait for, beyond
	// a queue's bound.
	queueReserve = 1 << 20
	shortFrame   = 128
)

// busQueue takes frames to the bus: those of the loop, which may not wait, and
// of goroutines that may. One goroutine publishes, in order.
type busQueue struct {
	bus    broker.Broker
	most   int            // bytes, but for the reserve
	failed func(busFrame) // hears of each frame that the bus did not take; on the queue's goroutine

	overflows atomic.Uint64

	mu     sync.Mutex
	frames []busFrame
	bytes  int
	ended  bool
	filled chan struct{} // tokens: there is something to publish,
	room   chan struct{} // there is room for who waits,
	drains chan struct{} // and the bus takes more again
}

type busFrame struct {
	subject string
	data    []byte
	reached chan<- struct{} // closed instead of publishing
}

var errQueueEnded = errors.New("relay: the worker stops")

func newBusQueue(bus broker.Broker, most int) *busQueue {
	return &busQueue{bus: bus, most: most, filled: make(chan struct{}, 1), room: make(chan struct{}, 1), drains: make(chan struct{}, 1)}
}

func token(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// post queues a frame, which is the queue's from now on. False: there is no
// room, which is counted, or the queue has ended.
func (q *busQueue) post(subject string, data []byte) bool {
	ok, ended := q.put(busFrame{subject: subject, data: data})
	if !ok && !ended {
		q.overflows.Add(1)
	}
	return ok
}

// offer is post, where it is no loss that there is no room.
func (q *busQueue) offer(subject string, data []byte) bool {
	ok, _ := q.put(busFrame{subject: subject, data: data})
	return ok
}

// send waits for room. It is for goroutines other than the loop's.
func (q *busQueue) send(ctx context.Context, subject string, data []byte) error {
	for {
		ok, ended := q.put(busFrame{subject: subject, data: data})
		switch {
		case ok:
			token(q.room) // perhaps for another, too
			return nil
		case ended:
			token(q.room)
			return errQueueEnded
		}
		select {
		case <-q.room:
		case <-ctx.Done():
			q.overflows.Add(1)
			return ctx.Err()
		}
	}
}

func (q *busQueue) put(f busFrame) (ok, ended bool) {
	most := q.most
	if len(f.data) <= shortFrame {
		most += queueReserve
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended || q.bytes > 0 && q.bytes+len(f.data) > most {
		return false, q.ended
	}
	q.frames = append(q.frames, f)
	q.bytes += len(f.data)
	token(q.filled)
	return true, false
}

// flush returns when what was queued before has been published, or with ctx.
func (q *busQueue) flush(ctx context.Context) {
	reached := make(chan struct{})
	if ok, _ := q.put(busFrame{reached: reached}); !ok {
		return
	}
	select {
	case <-reached:
		_ = q.bus.Flush(ctx)
	case <-ctx.Done():
	}
}

// drained hears that the bus, which was full, takes more again.
func (q *busQueue) drained() { token(q.drains) }

// run publishes until ctx ends.
func (q *busQueue) run(ctx context.Context) {
	defer q.end()
	for {
		select {
		case <-q.filled:
		case <-ctx.Done():
			return
		}
		q.mu.Lock()
		frames := q.frames
		q.frames = nil
		q.mu.Unlock()
		stalled := false
		for i := range frames {
			stalled = q.publish(ctx, &frames[i], stalled)
			frames[i].data = nil
		}
	}
}

// publish reports whether the bus does not take anything any more: the next one
// does not wait then.
func (q *busQueue) publish(ctx context.Context, f *busFrame, stalled bool) bool {
	if f.reached != nil {
		close(f.reached)
		return stalled
	}
	err := q.bus.Publish(f.subject, f.data)
	if !stalled && errors.Is(err, broker.ErrOverflow) {
		err = q.insist(ctx, f)
	}
	q.mu.Lock()
	q.bytes -= len(f.data)
	q.mu.Unlock()
	token(q.room)
	if err != nil {
		q.failed(*f)
	}
	return errors.Is(err, broker.ErrOverflow)
}

// insist waits for room in the bus's own buffer.
func (q *busQueue) insist(ctx context.Context, f *busFrame) error {
	timer := time.NewTimer(relaySendDeadline)
	defer timer.Stop()
	for {
		select {
		case <-q.drains:
		case <-timer.C:
			return broker.ErrOverflow
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := q.bus.Publish(f.subject, f.data); !errors.Is(err, broker.ErrOverflow) {
			return err
		}
	}
}

func (q *busQueue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended, q.frames = true, nil
	token(q.room)
}

package worker

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
)

const soon = 10 * time.Second

// queued is a queue to a hub, and what leaves it.
type queued struct {
	*busQueue
	bus    *broker.Memory
	heard  chan []byte
	failed chan []byte
	begin  func()
	stop   func()
}

func newQueued(t *testing.T, most int) *queued {
	t.Helper()
	hub := broker.NewHub()
	ours, theirs := hub.Connect(), hub.Connect()
	q := &queued{busQueue: newBusQueue(ours, most), bus: ours, heard: make(chan []byte, 10_000), failed: make(chan []byte, 10_000)}
	q.busQueue.failed = func(f busFrame) { q.failed <- f.data }
	if _, err := theirs.Subscribe("to.>", func(m broker.Message) { q.heard <- m.Data }); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var once sync.Once
	q.stop = func() {
		once.Do(func() {
			cancel()
			wg.Wait()
			_, _ = ours.Close(), theirs.Close()
		})
	}
	t.Cleanup(q.stop)
	q.begin = func() { wg.Go(func() { q.run(ctx) }) }
	return q
}

// What is queued is published in order, whoever queued it.
func TestBusQueueOrder(t *testing.T) {
	q := newQueued(t, 1<<20)
	q.begin()
	const frames, ahead = 5000, 500 // the hub drops what its subscriber is too far behind with
	next := uint32(0)
	expect := func() {
		if got := take(t, q.heard); binary.BigEndian.Uint32(got) != next {
			t.Fatalf("%v is number %d", got, next)
		}
		next++
	}
	for i := range uint32(frames) {
		if i >= ahead {
			expect()
		}
		b := binary.BigEndian.AppendUint32(nil, i)
		if i%2 == 0 {
			if !q.post("to.one", b) {
				t.Fatal("no room")
			}
		} else if err := q.send(t.Context(), "to.one", b); err != nil {
			t.Fatal(err)
		}
	}
	for next < frames {
		expect()
	}
}

func take(t *testing.T, c chan []byte) []byte {
	t.Helper()
	select {
	case b := <-c:
		return b
	case <-time.After(soon):
		t.Fatal("nothing comes")
		return nil
	}
}

// The queue is bounded: who may not wait is refused and counted, who may waits;
// and there is room for the short frames that end what others wait for.
func TestBusQueueBound(t *testing.T) {
	q := newQueued(t, 1000)
	if !q.post("to.one", make([]byte, 5000)) { // one always goes, or a large one never would
		t.Fatal("the first was refused")
	}
	if q.post("to.one", make([]byte, 500)) || q.overflows.Load() != 1 {
		t.Fatalf("a frame was taken beyond the bound, or %d were counted", q.overflows.Load())
	}
	if !q.post("to.one", []byte("short")) {
		t.Error("no room for a short frame")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.send(ctx, "to.one", make([]byte, 500)); !errors.Is(err, context.Canceled) || q.overflows.Load() != 2 {
		t.Errorf("%v, %d", err, q.overflows.Load())
	}
	sent := make(chan error, 2)
	for range 2 {
		go func() { sent <- q.send(t.Context(), "to.one", make([]byte, 900)) }()
	}
	q.begin()
	for _, want := range []int{5000, 5, 900, 900} {
		if got := take(t, q.heard); len(got) != want {
			t.Errorf("%d bytes, want %d", len(got), want)
		}
	}
	if err := errors.Join(<-sent, <-sent); err != nil {
		t.Error(err)
	}
}

// Whoever queued a frame that the bus does not take is told, at once.
func TestBusQueueWithoutABus(t *testing.T) {
	q := newQueued(t, 1000)
	q.begin()
	q.bus.Interrupt()
	q.post("to.one", []byte("lost"))
	if got := take(t, q.failed); string(got) != "lost" {
		t.Errorf("%q", got)
	}
	q.bus.Restore()
	q.post("to.one", []byte("found"))
	if got := take(t, q.heard); string(got) != "found" {
		t.Errorf("%q", got)
	}
}

// The end refuses what comes later, and nobody waits for it.
func TestBusQueueEnds(t *testing.T) {
	q := newQueued(t, 1000)
	q.begin()
	q.post("to.one", []byte("last"))
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	q.flush(ctx)
	if got := take(t, q.heard); string(got) != "last" {
		t.Errorf("%q", got)
	}
	q.stop()
	if err := q.send(ctx, "to.one", []byte("late")); !errors.Is(err, errQueueEnded) || q.post("to.one", nil) || q.overflows.Load() != 0 {
		t.Errorf("%v, %d", err, q.overflows.Load())
	}
	q.flush(ctx)
}

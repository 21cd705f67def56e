package load

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Plan is what is done with clients that are there. Without a part it holds them.
type Plan struct {
	Echo    *EchoPlan
	Publish *PublishPlan

	Size     int           // of a payload, in bytes
	Warmup   time.Duration // before anything is measured
	Duration time.Duration // of what is measured
	Messages int64         // of each part, then it ends; 0: as many as fit the duration

	marker marker
}

// Hooks are told how it goes, by the goroutine that runs the fleet.
type Hooks struct {
	Begin func()         // what is measured begins
	Watch func(Snapshot) // from time to time
	End   func()         // the last answer is there, or will not come
}

// Snapshot is what happened since the one before.
type Snapshot struct {
	Elapsed  time.Duration // since the measurement began; negative while it warms up
	Interval time.Duration
	Counts   Counts                  // since the scenario began, warm-up included
	Measured Counts                  // since the measurement began
	Latency  *hdrhistogram.Histogram // valid during the call
}

// Outcome is what a scenario came to.
type Outcome struct {
	Counts   Counts // of the whole scenario, warm-up included: what loss is told by
	Measured Counts // without the warm-up
	Elapsed  time.Duration
	Latency  *hdrhistogram.Histogram // of operations due after the warm-up
	Late     *hdrhistogram.Histogram // how late the load itself sent, where it had a timetable
	Lag      *hdrhistogram.Histogram // how late its loops turned
	Busy     []float64               // part of a core that each thread took
	Stalled  bool                    // it ended because nothing came any more
}

// watchEvery is how often a scenario is looked at.
const watchEvery = 250 * time.Millisecond

func newRun() uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint32(b[:])
}

// Connect opens all clients, and ends when each is ready or lost.
func (f *Fleet) Connect(ctx context.Context, h Hooks) Outcome {
	f.prepare()
	r := newRunning(f, h)
	r.begin()
	f.each(func(t *thread) {
		n := float64(f.o.Threads)
		t.opener = opener{
			running: true, window: max(1, f.o.Connecting/f.o.Threads),
			pace: newPacer(t.now, f.o.ConnectRate/n, float64(t.number)/n),
		}
	})
	r.wait(ctx, never, f.o.Timeout)
	f.each(func(t *thread) {
		t.giveUpOpening()
		t.opener.running = false
	})
	return r.end()
}

// Run does what a plan says. The context's end is the end of the duration.
func (f *Fleet) Run(ctx context.Context, p Plan, h Hooks) (Outcome, error) {
	if p.Publish != nil && p.Publish.Rooms > 0 && !p.Publish.OwnRooms {
		f.join(ctx, p.Publish)
	}
	f.run++
	p.marker = newMarker(f.run)
	f.prepare()
	publish, err := f.newPublication(ctx, &p)
	if err != nil {
		return Outcome{}, err
	}
	r := newRunning(f, h)
	if p.Warmup > 0 {
		f.start(&p, publish)
		r.warm(ctx, p.Warmup)
		r.begin()
	} else {
		r.begin()
		f.start(&p, publish)
	}
	r.wait(ctx, p.Duration, f.patience(&p))
	f.each(func(t *thread) {
		for _, w := range t.work {
			w.stop()
		}
	})
	if p.Echo != nil || p.Publish != nil {
		r.wait(context.WithoutCancel(ctx), never, f.o.Timeout)
	}
	f.finish(publish)
	return r.end(), nil
}

// patience is how long nothing may happen while a number of messages is sent;
// 0 where it is the duration that ends.
func (f *Fleet) patience(p *Plan) time.Duration {
	if p.Messages == 0 {
		return 0
	}
	slowest := 0.0
	if p.Echo != nil && p.Echo.Rate > 0 {
		slowest = 1 / p.Echo.Rate
	}
	if p.Publish != nil && p.Publish.Rate > 0 {
		slowest = max(slowest, 1/p.Publish.Rate)
	}
	return f.o.Timeout + time.Duration(slowest*float64(time.Second))
}

// start begins all parts. Every thread listens before anything is published.
func (f *Fleet) start(p *Plan, publish *publisher) {
	if publish != nil {
		f.each(func(t *thread) {
			t.work = []work{newListen(t, publish.shared)}
			t.finished = true // to listen is not the part that ends: not to be counted before that begins
		})
	}
	f.each(func(t *thread) {
		if p.Echo != nil {
			t.work = append(t.work, newEcho(t, p))
		}
		if publish != nil && t == publish.t {
			publish.pace = newPacer(t.now, p.Publish.Rate, 0)
			t.work = append(t.work, publish)
		}
		t.finished = false
	})
}

// finish ends all parts and counts what is missing.
func (f *Fleet) finish(publish *publisher) {
	var good [][]uint32
	if publish != nil {
		f.each(func(t *thread) {
			if t == publish.t {
				for i := range publish.senders {
					good = append(good, publish.senders[i].good)
				}
			}
		})
	}
	f.each(func(t *thread) {
		t.meter.LostAcks += t.requests.abandon()
		for _, w := range t.work {
			if l, ok := w.(*listen); ok {
				t.meter.LostMessages += l.missing(good)
			}
		}
		t.work = nil
		if t.publisher != nil {
			t.publisher.hangUp()
			t.publisher = nil
		}
	})
}

// join puts the clients into rooms.
func (f *Fleet) join(ctx context.Context, p *PublishPlan) {
	f.prepare()
	f.each(func(t *thread) {
		t.finished = false
		t.work = []work{&join{t: t, name: p.Join, rooms: p.Rooms}}
	})
	ctx, cancel := context.WithTimeout(ctx, f.o.Timeout)
	defer cancel()
	f.await(ctx)
	f.each(func(t *thread) {
		t.meter.LostAcks += t.requests.abandon()
		t.work = nil
	})
}

// collected is what threads hand over for a scenario.
type collected struct {
	sync.Mutex
	counts             Counts
	latency, late, lag *hdrhistogram.Histogram
	last               int64
}

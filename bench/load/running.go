package load

import (
	"context"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// running is a scenario under way.
type running struct {
	f       *Fleet
	h       Hooks
	first   Counts // when it began
	base    Counts // when the measurement began
	began   time.Time
	start   int64 // the same, on the clock of the threads
	looked  time.Time
	latency *hdrhistogram.Histogram
	cpu     []time.Duration // of the threads, when the measurement began
	going   bool            // the measurement, that is
	stalled bool
	taken   collected // of the last look: its memory is used again
}

func newRunning(f *Fleet, h Hooks) *running {
	c := f.Counts()
	return &running{
		f: f, h: h, first: c, base: c, latency: NewHistogram(), began: time.Now(), looked: time.Now(),
		taken: collected{latency: NewHistogram(), late: NewHistogram(), lag: NewHistogram()},
	}
}

// warm lets time pass that is not measured.
func (r *running) warm(ctx context.Context, d time.Duration) {
	r.began = time.Now().Add(d)
	end := time.NewTimer(d)
	defer end.Stop()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for !r.f.allFinished() {
		select {
		case <-end.C:
			return
		case <-ctx.Done():
			return
		case <-r.f.wake:
		case <-tick.C:
			r.look()
		}
	}
}

// begin begins the measurement.
func (r *running) begin() {
	now := clock()
	r.cpu = make([]time.Duration, len(r.f.threads))
	r.going, r.base = true, Counts{}
	var mu sync.Mutex
	r.f.each(func(t *thread) {
		mu.Lock()
		r.base.add(&t.meter.Counts, 1)
		mu.Unlock()
		t.meter.from, t.meter.last = now, now
		t.meter.latency.Reset()
		t.meter.late.Reset()
		t.meter.lag.Reset()
		t.nextTick = clock() + int64(tickEvery)
		r.cpu[t.number] = threadCPU()
	})
	r.began, r.looked, r.start = time.Now(), time.Now(), now
	if r.h.Begin != nil {
		r.h.Begin()
	}
}

// wait ends when all threads have done their part, the duration is over or, where
// there is a patience, nothing has gone or come for so long.
func (r *running) wait(ctx context.Context, d, patience time.Duration) {
	end := time.NewTimer(d)
	defer end.Stop()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	before, since := Counts{}, time.Now()
	for !r.f.allFinished() {
		select {
		case <-end.C:
			return
		case <-ctx.Done():
			return
		case <-r.f.wake:
		case <-tick.C:
			c := r.look()
			if c = (Counts{Opened: c.Opened, LostClients: c.LostClients, Requests: c.Requests, Published: c.Published, Acks: c.Acks, Deliveries: c.Deliveries, Refused: c.Refused}); c != before {
				before, since = c, time.Now()
			}
			if patience > 0 && time.Since(since) > patience {
				r.stalled = true
				return
			}
		}
	}
}

// look takes what threads have measured since it was done last.
func (r *running) look() Counts {
	c := r.collect()
	now := time.Now()
	s := Snapshot{Elapsed: now.Sub(r.began), Interval: now.Sub(r.looked), Counts: c.counts.Since(r.first), Measured: c.counts.Since(r.base), Latency: c.latency}
	r.looked = now
	if r.going {
		r.latency.Merge(c.latency)
	} else {
		s.Elapsed = min(s.Elapsed, -1) // a look that is late is still of the warm-up
	}
	if r.h.Watch != nil {
		r.h.Watch(s)
	}
	return c.counts
}

func (r *running) collect() *collected {
	c := &r.taken
	c.counts, c.last = Counts{}, 0
	c.latency.Reset()
	c.late.Reset()
	c.lag.Reset()
	r.f.each(func(t *thread) {
		c.Lock()
		defer c.Unlock()
		c.counts.add(&t.meter.Counts, 1)
		c.latency.Merge(t.meter.latency)
		t.meter.latency.Reset()
		c.late.Merge(t.meter.late)
		c.lag.Merge(t.meter.lag)
		c.last = max(c.last, t.meter.last)
	})
	return c
}

// end ends the measurement.
func (r *running) end() Outcome {
	if r.h.End != nil {
		r.h.End()
	}
	wall := time.Since(r.began)
	busy := make([]float64, len(r.f.threads))
	r.f.each(func(t *thread) {
		busy[t.number] = float64(threadCPU()-r.cpu[t.number]) / float64(wall)
	})
	c := r.collect()
	r.latency.Merge(c.latency)
	o := Outcome{
		Counts: c.counts.Since(r.first), Measured: c.counts.Since(r.base), Latency: r.latency,
		Late: c.late, Lag: c.lag, Busy: busy, Stalled: r.stalled,
		// What ends with a timeout took until its last answer.
		Elapsed: time.Duration(c.last - r.start),
	}
	if c.last <= r.start {
		o.Elapsed = wall
	}
	return o
}

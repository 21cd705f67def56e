package backend

import (
	"sync/atomic"
	"time"
)

// Bounds are of the histogram of how long answers took.
var Bounds = [...]time.Duration{
	500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 5 * time.Second,
}

// Stats are counters since New, but for the last four.
type Stats struct {
	Calls         [len(Kinds)][len(Outcomes)]uint64 // how calls ended
	Took          [len(Bounds) + 1]uint64           // answers, by how long they took; the last: longer
	Total         time.Duration                     // of all answers
	FarewellsLost uint64                            // disconnects that nobody was there to hear

	InFlight  int // calls under way
	Waiting   int // for a place
	Farewells int // disconnects that wait for an application
	Sockets   int // that the application is owed a disconnect for
}

type counters struct {
	calls         [kinds][outcomes]atomic.Uint64
	buckets       [len(Bounds) + 1]atomic.Uint64
	sum           atomic.Int64
	farewellsLost atomic.Uint64
}

func (c *counters) took(d time.Duration) {
	i := 0
	for i < len(Bounds) && d > Bounds[i] {
		i++
	}
	c.buckets[i].Add(1)
	c.sum.Add(int64(d))
}

// Stats is a snapshot.
func (b *Backend) Stats() Stats {
	var s Stats
	for k := range b.counters.calls {
		for o := range b.counters.calls[k] {
			s.Calls[k][o] = b.counters.calls[k][o].Load()
		}
	}
	for i := range b.counters.buckets {
		s.Took[i] = b.counters.buckets[i].Load()
	}
	s.Total = time.Duration(b.counters.sum.Load())
	s.FarewellsLost = b.counters.farewellsLost.Load()
	s.InFlight, s.Waiting = b.gate.load()
	s.Farewells, s.Sockets = b.late.len(), b.roll.len()
	return s
}

package loop

import (
	"sync"
	"time"
)

// Stats are a loop's counters since it was made.
type Stats struct {
	Conns    int    // connections now
	Attached uint64 // connections ever
	Turns    uint64
	Tasks    uint64 // run from the mailbox
	Expired  uint64 // timers
	Panics   uint64 // recovered
	Reads    uint64 // that brought something
	BytesIn  uint64
	Writes   uint64 // system calls
	BytesOut uint64
	Blocked  uint64 // writes of which the kernel took less than offered
	Unsent   int    // bytes that wait for their connection's turn to be written

	TurnTime    time.Duration // spent in turns, including what other goroutines ran meanwhile
	LongestTurn time.Duration
	// TurnTimes counts turns by how long they took: those of at most TurnBounds[i], and more than the bound before it, at i; longer
	// ones than any bound at the end. Their sum is Turns, and that of their times TurnTime.
	TurnTimes [len(TurnBounds) + 1]uint64

	Ports []PortStats // in the order in which they were made
}

// TurnBounds are the upper bounds of Stats.TurnTimes, ascending; they are not to be changed.
var TurnBounds = [...]time.Duration{
	10 * time.Microsecond,
	50 * time.Microsecond,
	100 * time.Microsecond,
	250 * time.Microsecond,
	500 * time.Microsecond,
	time.Millisecond,
	2500 * time.Microsecond,
	5 * time.Millisecond,
	10 * time.Millisecond,
	25 * time.Millisecond,
	50 * time.Millisecond,
	100 * time.Millisecond,
	250 * time.Millisecond,
}

// PortStats are the counters of one Port.
type PortStats struct {
	Name      string
	Queued    int    // tasks waiting now
	Waits     uint64 // posts that found the port full and waited
	Overflows uint64 // posts refused because it was full
}

// publishedStats is what other goroutines may see of the loop's own counters: a copy a turn, so that counting needs no atomics.
type publishedStats struct {
	mu    sync.Mutex
	stats Stats
}

func (l *Loop) publish(turn time.Duration) {
	s := &l.counters
	s.Turns++
	s.TurnTime += turn
	s.LongestTurn = max(s.LongestTurn, turn)
	s.TurnTimes[turnBucket(turn)]++
	s.Unsent = l.unsent
	for _, f := range l.publishers {
		f()
	}
	l.published.mu.Lock()
	l.published.stats = *s
	l.published.mu.Unlock()
}

// turnBucket is a linear search, since nearly all turns are in the first few.
func turnBucket(turn time.Duration) int {
	for i, bound := range TurnBounds {
		if turn <= bound {
			return i
		}
	}
	return len(TurnBounds)
}

// AfterTurn registers f to be called when a turn is over, its writes too, and once more when the loop ends: for others to publish
// counters that the loop owns, as the loop does its own. Who sees the turn in Stats sees what f published. f must do no more than
// that: what it led to would not be seen to before the next turn. Before Run, or on the loop.
func (l *Loop) AfterTurn(f func()) { l.publishers = append(l.publishers, f) }

// Stats returns the counters as of the end of the last turn. Any goroutine.
func (l *Loop) Stats() Stats {
	l.published.mu.Lock()
	s := l.published.stats
	l.published.mu.Unlock()
	l.portsMu.Lock()
	defer l.portsMu.Unlock()
	for _, p := range l.ports {
		s.Ports = append(s.Ports, PortStats{Name: p.name, Queued: p.Queued(), Waits: p.waits.Load(), Overflows: p.Overflows()})
	}
	return s
}

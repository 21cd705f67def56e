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

	Ports []PortStats // in the order in which they were made
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
	s.Unsent = l.unsent
	l.published.mu.Lock()
	l.published.stats = *s
	l.published.mu.Unlock()
}

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

package tokens

import "sync/atomic"

type counters struct {
	accepted, refreshed, expired atomic.Uint64
	refused                      [len(Codes)]atomic.Uint64
}

// Stats are counters since NewGuard, but for Bearers.
type Stats struct {
	Accepted, Refreshed, Expired uint64
	Refused                      [len(Codes)]uint64 // in the order of Codes
	Bearers                      int64              // sockets that were let in and are there
}

// Stats may be called from any goroutine. No guard has none.
func (g *Guard) Stats() Stats {
	if g == nil {
		return Stats{}
	}
	c := &g.counters
	s := Stats{Accepted: c.accepted.Load(), Refreshed: c.refreshed.Load(), Expired: c.expired.Load()}
	for i := range c.refused {
		s.Refused[i] = c.refused[i].Load()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	s.Bearers = int64(len(g.bearers))
	return s
}

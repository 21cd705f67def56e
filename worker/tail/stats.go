package tail

import "sync/atomic"

// Stats are counters since New, but for the first.
type Stats struct {
	Viewers   int64  // that read from this worker
	Lost      uint64 // records that could not be told in time
	Dropped   uint64 // viewers that read too slowly
	Refused   uint64 // viewers: there were too many
	Malformed uint64 // messages of other workers
}

type counters struct {
	lost, dropped, refused, malformed atomic.Uint64
}

// Stats may be called from any goroutine. Those of a nil Hub are zero.
func (h *Hub) Stats() Stats {
	if h == nil {
		return Stats{}
	}
	h.mu.Lock()
	n := len(h.viewers)
	h.mu.Unlock()
	c := &h.counters
	return Stats{Viewers: int64(n), Lost: c.lost.Load(), Dropped: c.dropped.Load(), Refused: c.refused.Load(), Malformed: c.malformed.Load()}
}

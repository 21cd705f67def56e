package tail

import "time"

// Bounded is New with bounds of its own; 0: the usual ones.
func Bounded(o Options, viewers, watches, source, viewer int, alive time.Duration) (*Hub, error) {
	l := defaultLimits
	for _, x := range []struct {
		to   *int
		from int
	}{{&l.viewers, viewers}, {&l.watches, watches}, {&l.source, source}, {&l.viewer, viewer}} {
		if x.from != 0 {
			*x.to = x.from
		}
	}
	if alive > 0 {
		l.alive = alive
	}
	return newHub(o, l)
}

// Watched is how many viewers the hub tells.
func (h *Hub) Watched() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.watches)
}

const NameBytes = nameBytes

package machines

import (
	"testing"
	"time"
)

// TestNATSServersRestartedOneAfterAnother: while clients of three machines talk,
// official ones among them, each NATS server is ended and started again. No client
// is disconnected, and all hear everything, once and in order.
func TestNATSServersRestartedOneAfterAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ownServer)
	all := gather(t, w.Network, w.hosts...)
	s := speak(t, each(w, all), 20*time.Millisecond)
	c := gatherOfficial(t, w.Network, allWays, w.hosts...)
	hear(t, all, 30)
	for _, nats := range w.nats {
		nats.stop()
		hear(t, all, 30)
		c.hear(10, 0, 1, 2)
		nats.start()
		for _, other := range w.nats {
			other.routed(len(w.nats) - 1)
		}
		hear(t, all, 30)
		c.hear(10, 0, 1, 2)
	}
	heardAll(t, all, s.End())
	c.end()
	together(t, w.hosts...)
}

// each is one client of each host.
func each(w *world, all []*member) (some []*member) {
	for _, h := range w.hosts {
		for i, m := range all {
			if m.host == h && (i%2 == 0 || m.Slot > 0) { // of one slot or the other
				some = append(some, m)
				break
			}
		}
	}
	return some
}

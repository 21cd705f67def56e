package load

import "sync/atomic"

// publication is what publisher and listeners of a scenario share.
type publication struct {
	marker  marker
	size    int
	senders int
	// delivered is how many deliveries there were, and those that nobody waits
	// for any more; at wanted the publisher wants to be woken.
	delivered, wanted atomic.Int64
	publisher         *thread
}

// add counts deliveries.
func (p *publication) add(n int64) {
	now := p.delivered.Add(n)
	if wanted := p.wanted.Load(); now >= wanted && now-n < wanted {
		p.publisher.poller.interrupt()
	}
}

// listen checks what is broadcast to a thread's clients.
type listen struct {
	nothing
	t       *thread
	p       *publication
	windows []window // of each client, each sender
	fresh   int64    // deliveries of this turn
}

func newListen(t *thread, p *publication) *listen {
	return &listen{t: t, p: p, windows: make([]window, len(t.members())*p.senders)}
}

func (l *listen) of(cl *client) []window {
	at := int(cl.index) / l.t.fleet.o.Threads * l.p.senders
	return l.windows[at : at+l.p.senders]
}

func (l *listen) event(cl *client, body []byte) {
	s, any, whole := l.p.marker.find(body, l.p.size)
	if !any || cl.index >= int32(l.t.fleet.o.Clients) {
		return // of another program, of an earlier scenario, or for who only listens by accident
	}
	m := &l.t.meter
	switch {
	case !whole || s.sender >= uint32(l.p.senders):
		m.Corrupt++
		return
	case s.room != uint32(cl.room):
		m.StrangeMessages++
		return
	}
	switch l.of(cl)[s.sender].see(s.seq) {
	case double:
		m.DoubledMessages++
		return
	case late:
		m.LateMessages++
	}
	m.Deliveries++
	m.operation(s.due, l.t.now)
	l.fresh++
}

func (l *listen) turned() {
	if l.fresh > 0 {
		l.p.add(l.fresh)
		l.fresh = 0
	}
}

// gone has the publisher wait for this client no more.
func (l *listen) gone(cl *client) {
	l.turned()
	room := cl.room
	got := make([]uint32, l.p.senders)
	for i, w := range l.of(cl) {
		got[i] = w.got
	}
	l.p.publisher.postTask(func() {
		if p := l.p.publisher.publisher; p != nil && p.shared == l.p {
			p.forget(room, got)
		}
	})
}

// missing counts what has not come to the clients that are there.
func (l *listen) missing(good [][]uint32) (n int64) {
	for i, all := 0, l.t.members(); i < len(all); i++ {
		cl := &all[i]
		if cl.state != ready {
			continue
		}
		for sender, w := range l.of(cl) {
			n += max(0, int64(good[sender][cl.room])-int64(w.got))
		}
	}
	return n
}

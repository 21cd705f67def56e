package socketio

import (
	"time"

	"github.com/ioserver/ioserver/worker/loop"
)

const (
	// paceTick is how often it is looked who may be read from again.
	paceTick = 50 * time.Millisecond
	// paceSlack is how far a client may be ahead of an even pace: it may send at
	// once what it may send in that time.
	paceSlack = time.Second
)

// keepPace counts a packet against what the client may send a second. One that is
// too far ahead is not read from for a while, as it would be by handlers that
// are slow. due is when an even pace would have brought all that it has sent.
func (c *client) keepPace() {
	s := c.server
	most := s.eventsPerSecond.Load()
	if most == 0 {
		return
	}
	now := s.loop.Now().Sub(s.began)
	c.due = max(c.due, now) + time.Second/time.Duration(most)
	if c.paced || c.due-now <= paceSlack {
		return
	}
	c.paced = true
	s.counters.paces.Add(1)
	c.session.Pause()
	if s.paced = append(s.paced, c); len(s.paced) == 1 {
		s.loop.Arm(&s.pacing, s.loop.Now().Add(paceTick), (*pacer)(s))
	}
}

// pacer is a Server as what reads from clients again.
type pacer Server

// Expire looks at those that are held back.
func (p *pacer) Expire(*loop.Timer) {
	s := (*Server)(p)
	now, unbound := s.loop.Now().Sub(s.began), s.eventsPerSecond.Load() == 0
	held := s.paced[:0]
	for _, c := range s.paced {
		switch {
		case c.over:
		case !unbound && c.due-now > paceSlack/2:
			held = append(held, c)
		default:
			c.paced = false
			c.readOn()
		}
	}
	clear(s.paced[len(held):])
	if s.paced = held; len(held) > 0 {
		s.loop.Arm(&s.pacing, s.loop.Now().Add(paceTick), p)
	} else {
		s.paced = nil
	}
}

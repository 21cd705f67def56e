package socketio

import (
	"github.com/ioserver/ioserver/worker/engineio"
)

// A socket's events wait in its inbox, the loop's. When none of them is being
// handled, the loop hands over all at once as the socket's turn, which one
// runner works through; then the runner gives the socket back. So events keep
// their order, and neither side locks.

// enqueue adds an event. Loop only.
func (s *Socket) enqueue(e *Event) {
	s.inbox.push(e)
	c := s.client
	c.waiting.add(load{bytes: e.size(), events: 1})
	server := s.ns.server
	if !s.running && !s.ready {
		s.ready = true
		server.ready(s)
	}
	l := &server.limits
	switch {
	case c.over:
	case c.waiting.over(load{l.BurstBytes, l.BurstEvents}):
		server.counters.eventOverflows.Add(1)
		c.finish()
		c.session.Fail(engineio.Reason(EventOverflow))
	case !c.paused && c.waiting.over(load{l.QueuedBytes, l.QueuedEvents}) && !c.owes():
		c.paused = true
		server.counters.pauses.Add(1)
		c.session.Pause()
	}
}

// handOver starts a turn. Loop only.
func (s *Socket) handOver() {
	s.ready, s.running = false, true
	s.turn, s.inbox = s.inbox, queue{}
}

// returned takes a socket back from its runner. Loop only.
func (s *Socket) returned() {
	c, server := s.client, s.ns.server
	s.running = false
	c.waiting.sub(s.turn.load)
	s.turn = queue{}
	if s.inbox.first != nil {
		s.ready = true
		server.ready(s)
	}
	l := &server.limits
	if !c.waiting.over(load{l.QueuedBytes / 2, l.QueuedEvents / 2}) {
		c.resume()
	}
}

// owes reports whether an acknowledgement is expected of the client. It has to
// be read then, however far it is ahead: the very handler that would let it go
// on may be waiting.
func (c *client) owes() bool {
	for _, s := range c.sockets {
		if len(s.acks) > 0 {
			return true
		}
	}
	return false
}

// resume reads from the client again.
func (c *client) resume() {
	if c.paused {
		c.paused = false
		c.readOn()
	}
}

// readOn reads from the client again, where nothing holds it back any more.
func (c *client) readOn() {
	if !c.paused && !c.paced {
		c.session.Resume()
	}
}

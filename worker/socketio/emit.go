package socketio

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ioserver/ioserver/worker/loop"
)

// Calls of the API become tasks of the loop through one bounded port: a caller
// that is too fast waits, and the tasks of one goroutine keep their order.

// emission is a packet on its way to one socket.
type emission struct {
	socket  *Socket
	packet  packet
	purpose purpose
}

// purpose is what a packet to one socket is.
type purpose uint8

const (
	emitted purpose = iota
	emittedVolatile
	acknowledgement
)

var emissions = sync.Pool{New: func() any { return new(emission) }}

// post sends a packet to the socket's client.
func (s *Socket) post(p packet, why purpose) error {
	if s.phase.Load() == gone {
		return ErrDisconnected
	}
	e := emissions.Get().(*emission)
	e.socket, e.packet, e.purpose = s, p, why
	return s.ns.server.enqueue(context.Background(), e)
}

// Run sends on the loop.
func (e *emission) Run() {
	s, p, why := e.socket, e.packet, e.purpose
	*e = emission{}
	emissions.Put(e)
	t := &s.ns.server.tally
	switch {
	case why != acknowledgement:
		t.emits++
		if s.phase.Load() != gone && s.send(&p, why == emittedVolatile) {
			t.deliveries++
			if s.ns.server.spectator != nil {
				s.ns.seenSent(&p, s, nil, 1)
			}
			if o := s.ns.outgoing(&p); o != nil {
				s.overhear(o)
			}
		}
	case s.phase.Load() != gone:
		p.send(s.client.session)
		t.acksOut++
	}
}

// send queues a packet, and reports whether it did. Loop only.
func (s *Socket) send(p *packet, volatile bool) bool {
	if !volatile {
		p.send(s.client.session)
		return true
	}
	if !p.sendVolatile(s.client.session) {
		s.ns.server.counters.volatileDrops.Add(1)
		return false
	}
	return true
}

// enqueue waits for a place among the loop's tasks.
func (s *Server) enqueue(ctx context.Context, t loop.Task) error {
	err := s.calls.Post(ctx, t)
	if errors.Is(err, loop.ErrStopped) {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return err
}

// ask runs f on the loop, soon. It is for calls that are rare.
func (s *Server) ask(f func()) {
	_ = s.enqueue(context.Background(), loop.Func(f)) // fails only where the loop and all its sockets are gone
}

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
	socket   *Socket
	packet   packet
	volatile bool
}

var emissions = sync.Pool{New: func() any { return new(emission) }}

// post sends a packet to the socket's client.
func (s *Socket) post(p packet, volatile bool) error {
	if s.phase.Load() == gone {
		return ErrDisconnected
	}
	e := emissions.Get().(*emission)
	e.socket, e.packet, e.volatile = s, p, volatile
	return s.ns.server.enqueue(context.Background(), e)
}

// Run sends on the loop.
func (e *emission) Run() {
	s, p, volatile := e.socket, e.packet, e.volatile
	*e = emission{}
	emissions.Put(e)
	if s.phase.Load() != gone {
		s.send(&p, volatile)
	}
}

// send queues a packet. Loop only.
func (s *Socket) send(p *packet, volatile bool) {
	switch {
	case !volatile:
		p.send(s.client.session)
	case !p.sendVolatile(s.client.session):
		s.ns.server.counters.volatileDrops.Add(1)
	}
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

package socketio

import (
	"context"
	"fmt"
	"math"
)

// pendingAck is an acknowledgement that the client owes. It is a number and a
// place for the answer.
type pendingAck struct {
	id    uint64
	to    acker
	index uint32 // for to
}

// acker is given the answer, or why there is none, once. On the loop.
type acker interface {
	answer(index uint32, a *Args, err error)
}

// waiter is a caller that waits; it is answered once.
type waiter struct {
	reply chan reply
}

type reply struct {
	args *Args
	err  error
}

func (w *waiter) answer(_ uint32, a *Args, err error) { w.reply <- reply{a, err} }

// EmitWithAck sends an event and waits until the client has acknowledged it,
// is gone (ErrDisconnected) or ctx ends, after which an acknowledgement is
// ignored. A handler that waits holds up the socket's later events, not its
// acknowledgements.
func (s *Socket) EmitWithAck(ctx context.Context, event string, args ...any) (*Args, error) {
	id := s.ns.server.ackID()
	p, err := encodeEvent(header{namespace: s.ns.name, id: id, hasID: true}, event, args)
	if err != nil {
		return nil, err
	}
	q := &question{socket: s, packet: p, id: id, waiter: waiter{reply: make(chan reply, 1)}}
	if err := s.ns.server.enqueue(ctx, q); err != nil {
		return nil, err
	}
	select {
	case r := <-q.waiter.reply:
		if r.err != nil {
			return nil, fmt.Errorf("acknowledgement of %q: %w", event, r.err)
		}
		return r.args, nil
	case <-ctx.Done():
		s.ns.server.ask(func() { s.forget(id) })
		return nil, fmt.Errorf("acknowledgement of %q: %w", event, ctx.Err())
	case <-s.ns.server.loop.Done():
		return nil, ErrClosed
	}
}

// ackID is an acknowledgement's id that no socket has been given for long. Some
// clients keep them in 32 bits with a sign.
func (s *Server) ackID() uint64 { return (s.nextAck.Add(1) - 1) & math.MaxInt32 }

// question is an event with an acknowledgement on its way.
type question struct {
	socket *Socket
	packet packet
	id     uint64
	waiter waiter
}

// Run sends on the loop.
func (q *question) Run() {
	s := q.socket
	server := s.ns.server
	switch {
	case s.phase.Load() == gone:
		q.waiter.answer(0, nil, ErrDisconnected)
	case len(s.acks) >= server.limits.AcksPerSocket:
		server.counters.ackOverflows.Add(1)
		q.waiter.answer(0, nil, ErrTooManyAcks)
	default:
		s.acks = append(s.acks, pendingAck{id: q.id, to: &q.waiter})
		q.packet.send(s.client.session)
		server.tally.emits++
		server.tally.deliveries++
		if server.spectator != nil {
			s.ns.seenSent(&q.packet, s, nil, 1)
		}
		if o := s.ns.outgoing(&q.packet); o != nil {
			s.overhear(o)
		}
		q.packet = packet{}
		s.client.resume()
	}
}

// forget takes a pending acknowledgement out of the table. Loop only.
func (s *Socket) forget(id uint64) (pendingAck, bool) {
	for i, a := range s.acks {
		if a.id != id {
			continue
		}
		last := len(s.acks) - 1
		s.acks[i] = s.acks[last]
		s.acks[last] = pendingAck{}
		if s.acks = shrink(s.acks[:last]); last == 0 {
			s.acks = nil
		}
		return a, true
	}
	return pendingAck{}, false
}

// acknowledged gives a client's answer to who waits for it. Loop only.
func (s *Socket) acknowledged(id uint64, args *Args) {
	if p, ok := s.forget(id); ok {
		p.to.answer(p.index, args, nil)
	}
}

// abandonAcks fails everything that waits for the client. Loop only.
func (s *Socket) abandonAcks() {
	for _, a := range s.acks {
		a.to.answer(a.index, nil, ErrDisconnected)
	}
	s.acks = nil
}

package socketio

import (
	"context"
	"fmt"
	"slices"

	"github.com/ioserver/ioserver/worker/loop"
)

// rollBatch is how many sockets the loop describes at a time.
const rollBatch = 512

// FetchSockets tells of the sockets that the broadcast would go to, on all
// workers, as they are now. Where a worker does not answer until ctx ends, is
// gone, or tells more than [Limits.AnswerBytes], the error is a [*PartialError],
// beside what there is.
func (b Broadcast) FetchSockets(ctx context.Context) ([]*RemoteSocket, error) {
	b = b.addressed()
	sockets, err := b.fetch(ctx)
	if err != nil {
		err = fmt.Errorf("fetch sockets: %w", err)
	}
	return sockets, err
}

func (b *Broadcast) fetch(ctx context.Context) ([]*RemoteSocket, error) {
	s := b.ns.server
	way, to, err := s.adapter.asked(ctx, b)
	if err != nil {
		return nil, err
	}
	if len(to) == 0 && !way.unmet {
		return b.describe(ctx)
	}
	r, err := s.requests.begin(opFetch, b.ns, false, to)
	if err != nil {
		return nil, err
	}
	r.only, r.unmet = way.direct, way.unmet
	if err := s.adapter.ask(ctx, r, way, b, &requestEnvelope{op: opFetch}); err != nil {
		_ = r.end(err)
		return nil, err
	}
	var here []*RemoteSocket
	if !way.direct {
		if here, err = b.describe(ctx); err != nil {
			_ = r.end(err)
			return nil, err
		}
	}
	err = r.end(r.wait(ctx))
	return append(here, r.sockets...), err
}

// describe tells of this worker's sockets.
func (b *Broadcast) describe(ctx context.Context) ([]*RemoteSocket, error) {
	s := b.ns.server
	all, err := s.roll(ctx, b)
	if err != nil {
		return nil, err
	}
	told := make([]*RemoteSocket, 0, len(all))
	for batch := range slices.Chunk(all, rollBatch) {
		if err := s.onLoop(ctx, func() {
			for _, o := range batch {
				if r := o.describe(); r != nil {
					told = append(told, r)
				}
			}
		}); err != nil {
			return nil, err
		}
	}
	return told, nil
}

// roll is who of this worker a broadcast would go to.
func (s *Server) roll(ctx context.Context, b *Broadcast) ([]*Socket, error) {
	ns, skip := b.ns, b.sender
	rooms, except := slices.Clone(b.rooms), slices.Clone(b.except)
	var all []*Socket
	err := s.onLoop(ctx, func() {
		for o := range ns.current().roster.targets(rooms, except, skip) {
			all = append(all, o)
		}
	})
	return all, err
}

// describe tells of the socket, unless it has gone. Loop only.
func (s *Socket) describe() *RemoteSocket {
	if s.phase.Load() != connected {
		return nil
	}
	r := &RemoteSocket{ns: s.ns, id: s.id, local: s, rooms: s.ns.roster.names(nil, s)}
	if d := s.data.Load(); d != nil {
		r.data = *d
	}
	return r
}

// onLoop runs f on the loop, and waits for it.
func (s *Server) onLoop(ctx context.Context, f func()) error {
	done := make(chan struct{})
	if err := s.enqueue(ctx, loop.Func(func() {
		f()
		close(done)
	})); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-s.loop.Done():
		return ErrClosed
	}
}

package socketio

import (
	"context"
	"fmt"
	"slices"

	"github.com/ioserver/ioserver/worker/loop"
)

// rollBatch is how many sockets' rooms the loop tells at a time.
const rollBatch = 512

// FetchSockets tells of the sockets that the broadcast would go to, on all
// workers, as they are now. Where a worker does not answer until ctx ends, or
// is gone, the error is a [*PartialError], beside what the others have told.
func (b Broadcast) FetchSockets(ctx context.Context) ([]*RemoteSocket, error) {
	b = b.addressed()
	sockets, err := b.fetch(ctx)
	if err != nil {
		err = fmt.Errorf("fetch sockets: %w", err)
	}
	return sockets, err
}

func (b *Broadcast) fetch(ctx context.Context) ([]*RemoteSocket, error) {
	here, err := b.ns.server.roll(ctx, b)
	if err != nil {
		return nil, err
	}
	var out []*RemoteSocket
	for len(here) > 0 {
		batch := here[:min(rollBatch, len(here))]
		here = here[len(batch):]
		told, err := b.ns.server.describe(ctx, batch)
		if err != nil {
			return out, err
		}
		out = append(out, told...)
	}
	return out, nil
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

// describe tells of sockets of this worker, but for those that have gone.
func (s *Server) describe(ctx context.Context, sockets []*Socket) ([]*RemoteSocket, error) {
	told := make([]*RemoteSocket, 0, len(sockets))
	err := s.onLoop(ctx, func() {
		for _, o := range sockets {
			if o.phase.Load() != connected {
				continue
			}
			r := &RemoteSocket{ns: o.ns, id: o.id, local: o, rooms: o.ns.roster.names(nil, o)}
			if d := o.data.Load(); d != nil {
				r.data = *d
			}
			told = append(told, r)
		}
	})
	return told, err
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

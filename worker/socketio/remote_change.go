package socketio

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// sweepPatience is how long SocketsJoin waits for other workers: they wait
// joinPatience for the bus themselves.
const sweepPatience = 2 * joinPatience

// SocketsJoin makes the sockets that the broadcast would go to members of
// rooms, on all workers. When it returns, whatever anybody in the cluster emits
// to them from then on arrives, as with [Socket.Join]. A socket that is in as
// many rooms as it may be is left out, see [Limits.RoomsPerSocket].
// ErrRoomName, ErrClosed.
func (b Broadcast) SocketsJoin(rooms ...string) error {
	b = b.addressed()
	if err := b.ns.server.admitRooms(b.ns, rooms); err != nil {
		return fmt.Errorf("sockets join: %w", err)
	}
	if err := b.join(rooms); err != nil {
		return fmt.Errorf("sockets join: %w", err)
	}
	return nil
}

// SocketsLeave ends the membership in rooms of the sockets that the broadcast
// would go to, on all workers. It returns when that has its place in the order
// of what this goroutine emits.
func (b Broadcast) SocketsLeave(rooms ...string) error {
	b = b.addressed()
	if err := b.change(change{kind: leaveRooms, names: rooms}); err != nil {
		return fmt.Errorf("sockets leave: %w", err)
	}
	return nil
}

// DisconnectSockets ends the sockets that the broadcast would go to, on all
// workers, as [Socket.Disconnect] does. It returns when that has its place in
// the order of what this goroutine emits.
func (b Broadcast) DisconnectSockets(close bool) error {
	b = b.addressed()
	if err := b.change(change{kind: endSockets, close: close}); err != nil {
		return fmt.Errorf("disconnect sockets: %w", err)
	}
	return nil
}

// changeKind is what is done to many sockets.
type changeKind uint8

const (
	joinRooms changeKind = 1 + iota
	leaveRooms
	endSockets
)

// change is something that is done to many sockets of this worker.
type change struct {
	ns     *Namespace
	rooms  []string
	except []string
	skip   *Socket
	skipID string // the same of another worker's change

	kind  changeKind
	names []string // of the rooms to join or leave
	close bool
	after func() // it, on the loop; may be nil
}

// admitRooms checks the names of rooms that others than one socket join.
func (s *Server) admitRooms(ns *Namespace, rooms []string) error {
	for _, name := range rooms {
		if name == "" || len(name) > s.limits.RoomNameBytes {
			return fmt.Errorf("%w: %d bytes", ErrRoomName, len(name))
		}
		if _, ok := isID(s.homes, ns.name, name); ok && s.adapter.bus != nil {
			return fmt.Errorf("%w: %q is a socket's id", ErrRoomName, name)
		}
	}
	return nil
}

// change carries out a change that nobody waits for.
func (b *Broadcast) change(c change) error {
	s := b.ns.server
	b.prepare(&c)
	if err := s.enqueue(context.Background(), &c); err != nil {
		return err
	}
	return s.adapter.tell(b, &c)
}

// prepare aims a change at this worker's part of the broadcast.
func (b *Broadcast) prepare(c *change) {
	c.ns, c.skip = b.ns, b.sender
	c.rooms, c.except, c.names = slices.Clone(b.rooms), slices.Clone(b.except), slices.Clone(c.names)
}

// join has sockets join rooms, and waits until all workers have done it.
func (b *Broadcast) join(names []string) error {
	s := b.ns.server
	ctx, cancel := context.WithTimeout(context.Background(), sweepPatience)
	defer cancel()
	way, to, err := s.adapter.asked(ctx, b)
	if err != nil {
		return err
	}
	r, err := s.requests.begin(opJoin, b.ns, false, to)
	if err != nil {
		return err
	}
	r.only, r.unmet = way.direct, way.unmet
	if !way.nowhere {
		err = s.adapter.ask(ctx, r, way, b, &requestEnvelope{op: opJoin, names: names})
	}
	if err == nil && !way.direct {
		err = b.joinHere(names)
	}
	if err != nil {
		_ = r.end(err)
		return err
	}
	err = r.end(r.wait(ctx))
	if errors.Is(err, ErrWorkerGone) && !way.unmet {
		return nil // and its sockets are
	}
	if err != nil {
		s.counters.joinsUnconfirmed.Add(1)
	}
	return err
}

// joinHere has this worker's sockets join.
func (b *Broadcast) joinHere(names []string) error {
	s := b.ns.server
	done := make(chan struct{})
	c := change{kind: joinRooms, names: names, after: func() { close(done) }}
	b.prepare(&c)
	// Held until the rooms hold it themselves.
	s.adapter.want(b.ns, c.names)
	defer s.adapter.unwant(b.ns, c.names)
	if err := s.enqueue(context.Background(), &c); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-s.loop.Done():
		return ErrClosed
	}
}

// Run carries the change out on the loop.
func (c *change) Run() {
	ro := c.ns.current().roster
	skip := c.skip
	if c.skipID != "" {
		skip = ro.byID[c.skipID]
	}
	var all []*Socket // first: what follows changes who is where
	for s := range ro.targets(c.rooms, c.except, skip) {
		all = append(all, s)
	}
	for _, s := range all {
		c.apply(s)
	}
	for s := range ro.awaited(c.rooms, c.except) {
		c.early(s)
	}
	if c.after != nil {
		c.after()
	}
}

func (c *change) apply(s *Socket) {
	switch c.kind {
	case joinRooms:
		for _, name := range c.names {
			s.enlist(name)
		}
	case leaveRooms:
		for _, name := range c.names {
			(&exit{s, name}).Run()
		}
	case endSockets:
		s.client.disconnect(s, c.close)
	}
}

// enlist makes the socket a member of a room as far as its limit allows. Loop
// only.
func (s *Socket) enlist(name string) {
	if !s.reserve() {
		return
	}
	s.ns.server.adapter.wantSoon(s.ns, name)
	s.enter(name)
}

// reserve takes a place among the socket's rooms, if there is one.
func (s *Socket) reserve() bool {
	server := s.ns.server
	if int(s.rooms.Add(1)) <= server.limits.RoomsPerSocket {
		return true
	}
	s.rooms.Add(-1)
	server.counters.roomOverflows.Add(1)
	return false
}

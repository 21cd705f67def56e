package socketio

import "sync/atomic"

// Socket is a client's presence in one namespace. Its methods may be called
// from any goroutine but the loop's, also after its end.
type Socket struct {
	// Fixed at creation. Of the client, the session is fixed likewise; the rest
	// belongs to the loop.
	id     string
	ns     *Namespace
	client *client
	auth   string // protocol 5: JSON or ""; protocol 4: a query
	since  int64  // Unix nanoseconds

	data  atomic.Pointer[[]byte]
	rooms atomic.Int32 // reserved by Join: never less than there are
	phase atomic.Uint32
	// mute is set by a disconnect of the server's own: what the client sent
	// before is not handled any more.
	mute atomic.Bool

	// The rest belongs to the loop, but for life, and for turn, which is a
	// runner's while running is set.
	running  bool
	ready    bool
	life     atomic.Pointer[life]
	member   membership
	inbox    queue // events that wait for the next turn
	turn     queue // events that a runner works through
	nextDone *Socket
	acks     []pendingAck
	early    []string // rooms joined by middleware
	farewell *farewell
}

// A socket's phases, in order.
const (
	connecting uint32 = iota // middleware is being asked
	connected
	gone
)

// farewell is what OnDisconnect is told.
type farewell struct {
	reason string
	rooms  []string
}

// ID is the socket's id, unique in the cluster.
func (s *Socket) ID() string { return s.id }

// Namespace is the namespace that the socket is in.
func (s *Socket) Namespace() *Namespace { return s.ns }

// Connected reports whether the client has been let in and is still there.
func (s *Socket) Connected() bool { return s.phase.Load() == connected }

// Session is the Engine.IO session's id, a secret between client and server.
func (s *Socket) Session() string { return s.client.session.ID() }

// Emit sends an event to this client. It returns when the event has its place
// in the order of what this goroutine sends. The arguments are encoded as by
// encoding/json, except that a []byte, wherever it is, becomes a binary
// attachment; the server keeps it, so it must not be changed any more.
func (s *Socket) Emit(event string, args ...any) error {
	return s.emit(false, false, event, args)
}

func (s *Socket) emit(volatile, plain bool, event string, args []any) error {
	if s.phase.Load() == gone {
		return ErrDisconnected
	}
	p, err := encodeEvent(header{namespace: s.ns.name}, event, args)
	if err != nil {
		return err
	}
	if plain {
		p.leaveUncompressed()
	}
	if volatile {
		return s.post(p, emittedVolatile)
	}
	return s.post(p, emitted)
}

// To returns a broadcast to these rooms, without this socket.
func (s *Socket) To(rooms ...string) Broadcast { return s.Broadcast().To(rooms...) }

// In is To.
func (s *Socket) In(rooms ...string) Broadcast { return s.Broadcast().To(rooms...) }

// Except returns a broadcast to all but this socket and those in these rooms.
func (s *Socket) Except(rooms ...string) Broadcast { return s.Broadcast().Except(rooms...) }

// Broadcast returns a broadcast to all but this socket.
func (s *Socket) Broadcast() Broadcast { return Broadcast{ns: s.ns, sender: s} }

// Local returns a broadcast to all but this socket on this worker.
func (s *Socket) Local() Broadcast { return s.Broadcast().Local() }

// Volatile returns what emits to this client if it can be written to at once,
// and otherwise drops the event. With To or Except it becomes a broadcast.
func (s *Socket) Volatile() Broadcast {
	return Broadcast{ns: s.ns, sender: s, self: true, volatile: true}
}

// Compress returns what emits to this client; see [Broadcast.Compress]. With To
// or Except it becomes a broadcast.
func (s *Socket) Compress(wanted bool) Broadcast {
	return Broadcast{ns: s.ns, sender: s, self: true, plain: !wanted}
}

// Disconnect ends the socket: with close the client's connection and its
// sockets in all namespaces, else this one. Either way the client is told
// that the server wants it gone, and does not come back by itself.
func (s *Socket) Disconnect(close bool) {
	s.ns.server.ask(func() { s.client.disconnect(s, close) })
}

// Expire is Disconnect of this socket alone, of which OnDisconnect is told
// [TokenExpired].
func (s *Socket) Expire() {
	s.ns.server.ask(func() {
		if s.phase.Load() == connected {
			s.dismiss(TokenExpired)
		}
	})
}

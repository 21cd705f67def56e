package socketio

// rootName is the namespace that every client of protocol 4 joins unasked.
const rootName = "/"

// Namespace is a channel of its own over the clients' connections: sockets,
// rooms and handlers. Its methods may be called from any goroutine but the
// loop's.
//
// Handlers are registered on the namespace, not on its sockets: each is given
// the socket that it is about, so that a client which says nothing has none to
// hold. They are registered usually before the first client comes; one that is
// registered later hears of what comes later. Several of a kind run in the order
// of registration, and there is no way to remove one.
type Namespace struct {
	registry
	name   string
	server *Server
	parent *ParentNamespace // nil unless it was made by one

	roster     *roster    // the loop's
	lineage    lineage    // the loop's
	serverSide serverSide // the adapter's
	roomNews   roomNews   // the room queue's
}

func newNamespace(s *Server, name string) *Namespace {
	n := &Namespace{name: name, server: s, roster: newRoster()}
	n.handlers.Store(new(handlers))
	return n
}

// Name is the namespace's name; it begins with a slash.
func (n *Namespace) Name() string { return n.name }

// Emit sends an event to every client of the namespace.
func (n *Namespace) Emit(event string, args ...any) error {
	return n.all().Emit(event, args...)
}

func (n *Namespace) all() Broadcast { return Broadcast{ns: n} }

// To returns a broadcast to these rooms.
func (n *Namespace) To(rooms ...string) Broadcast { return n.all().To(rooms...) }

// In is To.
func (n *Namespace) In(rooms ...string) Broadcast { return n.all().To(rooms...) }

// Except returns a broadcast to all but those in these rooms.
func (n *Namespace) Except(rooms ...string) Broadcast { return n.all().Except(rooms...) }

// Volatile returns a broadcast to all that is lost on those not writable now.
func (n *Namespace) Volatile() Broadcast { return n.all().Volatile() }

// Local returns a broadcast to this worker's clients only.
func (n *Namespace) Local() Broadcast { return n.all().Local() }

// Compress returns a broadcast to all; see [Broadcast.Compress].
func (n *Namespace) Compress(wanted bool) Broadcast { return n.all().Compress(wanted) }

// Sockets returns the sockets of the namespace on this worker.
func (n *Namespace) Sockets() []*Socket {
	reply := make(chan []*Socket, 1)
	n.server.ask(func() {
		roster := n.current().roster
		sockets := make([]*Socket, 0, len(roster.listed))
		for _, slot := range roster.listed {
			sockets = append(sockets, roster.sockets[slot])
		}
		reply <- sockets
	})
	select {
	case sockets := <-reply:
		return sockets
	case <-n.server.loop.Done():
		return nil
	}
}

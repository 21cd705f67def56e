package socketio

import (
	"sync"
	"sync/atomic"
)

// rootName is the namespace that every client of protocol 4 joins unasked.
const rootName = "/"

// Namespace is a channel of its own over the clients' connections: sockets,
// rooms and handlers. Its methods may be called from any goroutine but the
// loop's.
//
// Handlers are registered on the namespace, not on its sockets, usually before
// the first client comes; one registered later hears of what comes later.
type Namespace struct {
	name   string
	server *Server

	registering sync.Mutex
	handlers    atomic.Pointer[handlers]
	nextAck     atomic.Uint64

	roster     *roster    // the loop's
	serverSide serverSide // the adapter's
}

func newNamespace(s *Server, name string) *Namespace {
	n := &Namespace{name: name, server: s, roster: newRoster()}
	n.handlers.Store(new(handlers))
	return n
}

// Name is the namespace's name; it begins with a slash.
func (n *Namespace) Name() string { return n.name }

func (n *Namespace) register(change func(*handlers)) {
	n.registering.Lock()
	defer n.registering.Unlock()
	h := n.handlers.Load().clone()
	change(h)
	n.handlers.Store(h)
}

// Use adds a middleware: it is asked, in the order of registration, before a
// client is let in, and refuses it by an error, which the client is told; see
// [ConnectError]. It may block. The client may join rooms and be given data,
// but is not connected yet.
func (n *Namespace) Use(f func(*Socket) error) {
	n.register(func(h *handlers) { h.middleware = append(h.middleware, f) })
}

// OnConnection adds a handler that hears of each client that was let in,
// before any of its events is handled.
func (n *Namespace) OnConnection(f func(*Socket)) {
	n.register(func(h *handlers) { h.connection = append(h.connection, f) })
}

// OnDisconnect adds a handler that hears of each socket that OnConnection has
// heard of, once, after the last of its events. The reason is the reference's
// word for it. [Socket.Rooms] still tells the rooms that it was in.
func (n *Namespace) OnDisconnect(f func(s *Socket, reason string)) {
	n.register(func(h *handlers) { h.disconnect = append(h.disconnect, f) })
}

// On adds a handler of the event. The events of one socket are handled one
// after another in the order they came; those of different sockets at the same
// time. A handler may block: it holds up its own socket only. Events without a
// handler are ignored.
func (n *Namespace) On(event string, f func(*Socket, *Event)) {
	n.register(func(h *handlers) { h.on(event, f) })
}

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

// Sockets returns the sockets of the namespace on this worker.
func (n *Namespace) Sockets() []*Socket {
	reply := make(chan []*Socket, 1)
	n.server.ask(func() {
		sockets := make([]*Socket, 0, len(n.roster.listed))
		for _, slot := range n.roster.listed {
			sockets = append(sockets, n.roster.sockets[slot])
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

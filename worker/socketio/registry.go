package socketio

import (
	"sync"
	"sync/atomic"
)

// Registrar is what handlers are registered with: a [Namespace], or a
// [ParentNamespace].
type Registrar interface {
	Use(f func(*Socket) error)
	OnConnection(f func(*Socket))
	OnDisconnect(f func(s *Socket, reason string))
	OnAbandoned(f func(*Socket))
	On(event string, f func(*Socket, *Event))
	OnAny(f func(*Socket, *Event))
	UseEvent(f func(*Socket, *Event) error)
	OnEventError(f func(*Socket, *Event, error))
	OnAnyOutgoing(f func(*Socket, *Outgoing))
	OnRoom(f func(RoomEvent))
}

// registry is what applications register handlers with: a namespace's own, or
// a parent's, which passes on to its children what is registered.
type registry struct {
	registering sync.Mutex // a parent's before a child's
	handlers    atomic.Pointer[handlers]
	heirs       map[*Namespace]struct{} // a parent's children; nil for a namespace
}

func (n *registry) register(change func(*handlers)) {
	n.registering.Lock()
	defer n.registering.Unlock()
	before := n.handlers.Load()
	after := before.clone()
	change(after)
	n.handlers.Store(after)
	for child := range n.heirs {
		child.inherit(before, after, change)
	}
}

// inherit takes over what its parent has registered. Children that have nothing
// of their own share the parent's table.
func (n *registry) inherit(before, after *handlers, change func(*handlers)) {
	n.registering.Lock()
	defer n.registering.Unlock()
	if n.handlers.CompareAndSwap(before, after) {
		return
	}
	h := n.handlers.Load().clone()
	change(h)
	n.handlers.Store(h)
}

// Use adds a middleware: it is asked, in the order of registration, before a
// client is let in, and refuses it by an error, which the client is told; see
// [ConnectError]. It may block. The client may join rooms and be given data,
// but is not connected yet.
func (n *registry) Use(f func(*Socket) error) {
	n.register(func(h *handlers) { h.middleware = append(h.middleware, f) })
}

// OnConnection adds a handler that hears of each client that was let in,
// before any of its events is handled.
func (n *registry) OnConnection(f func(*Socket)) {
	n.register(func(h *handlers) { h.connection = append(h.connection, f) })
}

// OnDisconnect adds a handler that hears of each socket that OnConnection has
// heard of, once, after the last of its events. The reason is the reference's
// word for it. [Socket.Rooms] still tells the rooms that it was in.
func (n *registry) OnDisconnect(f func(s *Socket, reason string)) {
	n.register(func(h *handlers) { h.disconnect = append(h.disconnect, f) })
}

// OnAbandoned adds a handler that hears of each socket that middleware has been
// asked about and that OnConnection never hears of: a middleware refused it, or
// the client had gone before it could be let in. It runs after the middleware.
func (n *registry) OnAbandoned(f func(*Socket)) {
	n.register(func(h *handlers) { h.abandoned = append(h.abandoned, f) })
}

// On adds a handler of the event. The events of one socket are handled one
// after another in the order they came; those of different sockets at the same
// time. A handler may block: it holds up its own socket only. Events without a
// handler are ignored. See [Handle] and [Answer] for handlers with types.
func (n *registry) On(event string, f func(*Socket, *Event)) {
	n.register(func(h *handlers) { h.on(event, f) })
}

package socketio

import (
	"sync"
	"sync/atomic"
)

// registry is what applications register handlers with: a namespace's own, or
// a parent's, which passes on to its children what is registered.
type registry struct {
	registering sync.Mutex // a parent's before a child's
	handlers    atomic.Pointer[handlers]
	heirs       map[*Namespace]struct{} // a parent's children; nil for a namespace
}

func (r *registry) register(change func(*handlers)) {
	r.registering.Lock()
	defer r.registering.Unlock()
	before := r.handlers.Load()
	after := before.clone()
	change(after)
	r.handlers.Store(after)
	for child := range r.heirs {
		child.inherit(before, after, change)
	}
}

// inherit takes over what its parent has registered. Children that have nothing
// of their own share the parent's table.
func (r *registry) inherit(before, after *handlers, change func(*handlers)) {
	r.registering.Lock()
	defer r.registering.Unlock()
	if r.handlers.CompareAndSwap(before, after) {
		return
	}
	h := r.handlers.Load().clone()
	change(h)
	r.handlers.Store(h)
}

// Use adds a middleware: it is asked, in the order of registration, before a
// client is let in, and refuses it by an error, which the client is told; see
// [ConnectError]. It may block. The client may join rooms and be given data,
// but is not connected yet.
func (r *registry) Use(f func(*Socket) error) {
	r.register(func(h *handlers) { h.middleware = append(h.middleware, f) })
}

// OnConnection adds a handler that hears of each client that was let in,
// before any of its events is handled.
func (r *registry) OnConnection(f func(*Socket)) {
	r.register(func(h *handlers) { h.connection = append(h.connection, f) })
}

// OnDisconnect adds a handler that hears of each socket that OnConnection has
// heard of, once, after the last of its events. The reason is the reference's
// word for it. [Socket.Rooms] still tells the rooms that it was in.
func (r *registry) OnDisconnect(f func(s *Socket, reason string)) {
	r.register(func(h *handlers) { h.disconnect = append(h.disconnect, f) })
}

// OnAbandoned adds a handler that hears of each socket that middleware has been
// asked about and that OnConnection never hears of: a middleware refused it, or
// the client had gone before it could be let in. It runs after the middleware.
func (r *registry) OnAbandoned(f func(*Socket)) {
	r.register(func(h *handlers) { h.abandoned = append(h.abandoned, f) })
}

// On adds a handler of the event. The events of one socket are handled one
// after another in the order they came; those of different sockets at the same
// time. A handler may block: it holds up its own socket only. Events without a
// handler are ignored. See [Handle] and [Answer] for handlers with types.
func (r *registry) On(event string, f func(*Socket, *Event)) {
	r.register(func(h *handlers) { h.on(event, f) })
}

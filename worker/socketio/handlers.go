package socketio

import (
	"maps"
	"slices"
)

// handlers is what an application has registered on a namespace. A published
// table is never changed: registering replaces it by a copy.
type handlers struct {
	middleware []func(*Socket) error
	connection []func(*Socket)
	disconnect []func(*Socket, string)
	events     map[string]*eventHandlers
	serverSide map[string][]func(*ServerEvent)
}

// eventHandlers are the handlers of one event, in the order of registration.
type eventHandlers struct {
	name  string
	calls []func(*Socket, *Event)
}

func (h *handlers) clone() *handlers {
	return &handlers{
		middleware: slices.Clip(h.middleware),
		connection: slices.Clip(h.connection),
		disconnect: slices.Clip(h.disconnect),
		events:     maps.Clone(h.events),
		serverSide: maps.Clone(h.serverSide),
	}
}

func (h *handlers) on(name string, call func(*Socket, *Event)) {
	if h.events == nil {
		h.events = make(map[string]*eventHandlers)
	}
	e := &eventHandlers{name: name}
	if before := h.events[name]; before != nil {
		e.calls = slices.Clip(before.calls)
	}
	e.calls = append(e.calls, call)
	h.events[name] = e
}

func (h *handlers) onServerSide(name string, call func(*ServerEvent)) {
	if h.serverSide == nil {
		h.serverSide = make(map[string][]func(*ServerEvent))
	}
	h.serverSide[name] = append(slices.Clip(h.serverSide[name]), call)
}

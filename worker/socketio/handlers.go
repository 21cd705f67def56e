package socketio

import (
	"maps"
	"slices"
)

// handlers is what an application has registered on a namespace, in the order
// of registration. A published table is never changed: registering replaces it
// by a copy.
type handlers struct {
	middleware []func(*Socket) error
	connection []func(*Socket)
	disconnect []func(*Socket, string)
	abandoned  []func(*Socket)
	events     map[string]*eventHandlers
	any        []func(*Socket, *Event)
	eventUse   []func(*Socket, *Event) error
	eventError []func(*Socket, *Event, error)
	outgoing   []func(*Socket, *Outgoing)
	rooms      []func(RoomEvent)
	serverSide map[string][]func(*ServerEvent)
}

// eventHandlers are the handlers of one event. Without any it is an event that
// only catch-all handlers and middleware hear of, or one that was sent.
type eventHandlers struct {
	name     string
	calls    []func(*Socket, *Event)
	outgoing *Outgoing
}

// catches reports whether events are heard of besides the handlers of their
// names.
func (h *handlers) catches() bool { return len(h.any) > 0 || len(h.eventUse) > 0 }

func (h *handlers) clone() *handlers {
	return &handlers{
		middleware: slices.Clip(h.middleware),
		connection: slices.Clip(h.connection),
		disconnect: slices.Clip(h.disconnect),
		abandoned:  slices.Clip(h.abandoned),
		events:     maps.Clone(h.events),
		any:        slices.Clip(h.any),
		eventUse:   slices.Clip(h.eventUse),
		eventError: slices.Clip(h.eventError),
		outgoing:   slices.Clip(h.outgoing),
		rooms:      slices.Clip(h.rooms),
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

package socketio

// OnAny adds a handler of every event that clients send, with or without a
// handler of its own. It runs before the event middleware and the event's
// handlers, so it also hears of what the middleware then refuses. It may
// acknowledge.
func (n *registry) OnAny(f func(*Socket, *Event)) {
	n.register(func(h *handlers) { h.any = append(h.any, f) })
}

// UseEvent adds a middleware of the events that clients send, whatever their
// names: it is asked, in the order of registration, after the handlers of OnAny
// and before those of On, and keeps an event from the rest by an error. It may
// block, and holds up its own socket only.
//
// A refused event is not acknowledged: the client's wait for it ends by the
// client's own time-out, unless the middleware has called [Event.Ack]. The error
// goes to the handlers of OnEventError, and nowhere where there are none.
func (n *registry) UseEvent(f func(*Socket, *Event) error) {
	n.register(func(h *handlers) { h.eventUse = append(h.eventUse, f) })
}

// OnEventError adds a handler of the errors that event middleware has refused
// events with, and that handlers made by [Handle] and [Answer] have returned. It
// runs in the place of what was left out, and may acknowledge the event.
func (n *registry) OnEventError(f func(*Socket, *Event, error)) {
	n.register(func(h *handlers) { h.eventError = append(h.eventError, f) })
}

// caught is an event of a name without handlers, where something else listens.
func caught(h *handlers, name []byte) *eventHandlers {
	if !h.catches() {
		return nil
	}
	return &eventHandlers{name: string(name)}
}

// intercept has the handlers of all events hear of one, and reports whether it
// goes on to its own. On a runner.
func (s *Socket) intercept(h *handlers, e *Event) bool {
	for _, call := range h.any {
		call(s, e)
	}
	for _, ask := range h.eventUse {
		if err := ask(s, e); err != nil {
			s.ns.server.counters.eventsRefused.Add(1)
			s.eventFailed(e, err)
			return false
		}
	}
	return !s.mute.Load() // one of them may have ended the socket
}

// eventFailed tells the application of an error, and reports whether it listens.
func (s *Socket) eventFailed(e *Event, err error) bool {
	calls := s.ns.handlers.Load().eventError
	for _, call := range calls {
		call(s, e, err)
	}
	return len(calls) > 0
}

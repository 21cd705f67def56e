package socketio

import (
	"runtime/debug"

	"github.com/ioserver/ioserver/worker/loop"
)

// ready has the socket's events handed over before the loop's turn ends.
func (s *Server) ready(o *Socket) {
	s.readied = append(s.readied, o)
	s.kickSoon()
}

func (s *Server) kickSoon() {
	if !s.kicking {
		s.kicking = true
		s.loop.Post((*kick)(s))
	}
}

// kick is a Server as the task that hands over what is ready. It is posted, so
// that it runs behind all input of a turn.
type kick Server

// Run hands over.
func (k *kick) Run() {
	s := (*Server)(k)
	s.kicking = false
	if s.over {
		return
	}
	for i, o := range s.readied {
		s.readied[i] = nil
		s.busy++
		o.handOver()
		s.runners.put(o)
	}
	s.readied = s.readied[:0]
	if s.runners.kick() {
		s.kickSoon()
	}
}

// work runs a socket's turn. On a runner. Where a handler ends its goroutine,
// the rest of the turn is run on the way out.
func (s *Server) work(o *Socket) {
	defer func() {
		if o.turn.first != nil {
			s.work(o)
			return
		}
		s.giveBack(o)
	}()
	for e := o.turn.take(); e != nil; e = o.turn.take() {
		o.handle(e)
	}
}

// giveBack puts a socket on the stack that the loop empties, and tells the loop
// of the first.
func (s *Server) giveBack(o *Socket) {
	for {
		top := s.returns.Load()
		o.nextDone = top
		if s.returns.CompareAndSwap(top, o) {
			if top == nil {
				s.loop.Post((*takeBack)(s))
			}
			return
		}
	}
}

// takeBack is a Server as the task that empties the stack.
type takeBack Server

// Run takes the sockets back.
func (t *takeBack) Run() {
	s := (*Server)(t)
	for o := s.returns.Swap(nil); o != nil; {
		next := o.nextDone
		o.nextDone = nil
		s.busy--
		o.returned()
		o = next
	}
	if s.runners.behind() {
		s.kickSoon()
	}
	s.settle()
}

// handle runs the handlers of one event. A panic in one is the end of the
// socket, not of the program.
func (s *Socket) handle(e *Event) {
	server := s.ns.server
	defer func() {
		if p := recover(); p != nil {
			handler, event := e.describe()
			s.panicked(handler, event, p)
			s.Disconnect(false)
		}
	}()
	switch e.kind {
	case anEvent:
		if s.mute.Load() {
			return
		}
		server.counters.events.Add(1)
		if h := s.ns.handlers.Load(); h.catches() && !s.intercept(h, e) {
			return
		}
		for _, call := range e.handlers.calls {
			call(s, e)
		}
	case aConnect:
		s.authorize()
	case aConnection:
		for _, call := range s.ns.handlers.Load().connection {
			call(s)
		}
	case aDisconnect:
		for _, call := range s.ns.handlers.Load().disconnect {
			call(s, s.farewell.reason)
		}
	case anAbandonment:
		for _, call := range s.ns.handlers.Load().abandoned {
			call(s)
		}
	case anOutgoing:
		for _, call := range s.ns.handlers.Load().outgoing {
			call(s, e.handlers.outgoing)
		}
	case anAdmission:
		s.askParents()
	}
}

// describe says which handlers an event has, and its name if they are On's.
func (e *Event) describe() (handler, event string) {
	switch e.kind {
	case aConnect:
		return "middleware", ""
	case aConnection:
		return "OnConnection", ""
	case aDisconnect:
		return "OnDisconnect", ""
	case anAbandonment:
		return "OnAbandoned", ""
	case anOutgoing:
		return "OnAnyOutgoing", e.handlers.outgoing.Name()
	}
	return "On", e.handlers.name
}

func (s *Socket) panicked(handler, event string, value any) {
	server := s.ns.server
	server.counters.panics.Add(1)
	attrs := []any{s.client.who(), "namespace", s.ns.name, "handler", handler}
	if event != "" {
		attrs = append(attrs, "event", event)
	}
	server.logger.Error("panic in a handler", append(attrs, "panic", value, "stack", string(debug.Stack()))...)
}

// trim ends idle runners now and then.
type trim Server

// Expire trims.
func (t *trim) Expire(timer *loop.Timer) {
	s := (*Server)(t)
	s.runners.trim()
	s.loop.Arm(timer, s.loop.Now().Add(trimInterval), t)
}

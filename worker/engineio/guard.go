package engineio

import "runtime/debug"

// The handler's calls. What it panics with is logged, and ends no more than the
// session it was called for.

func (s *Session) callOpen() {
	defer s.recovered("open")
	s.server.handler.Open(s)
}

func (s *Session) callMessage(data []byte, binary bool) {
	defer s.recovered("message")
	s.server.handler.Message(s, data, binary)
}

func (s *Session) callClose(r Reason) {
	defer s.recovered("close")
	s.server.handler.Close(s, r)
}

func (s *Session) recovered(call string) {
	p := recover()
	if p == nil {
		return
	}
	s.server.stats.panics.Add(1)
	s.server.logger.Error("panic in a session's handler", "call", call, "sid", s.id, address(s.came.remote),
		"panic", p, "stack", string(debug.Stack()))
	s.end(TransportError)
}

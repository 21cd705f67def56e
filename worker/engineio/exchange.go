package engineio

import (
	"github.com/valyala/fasthttp"
)

// exchange takes a polling request to its session, here or elsewhere.
func (r *request) exchange() {
	x := Exchange{
		SID:       r.query.sid,
		Method:    r.head.Method,
		Revision:  r.query.revision,
		WebSocket: r.query.transport == WebSocket,
	}
	if x.Method == fasthttp.MethodPost {
		x.Octet = string(r.ctx.Request.Header.ContentType()) == "application/octet-stream"
		// The task may outlive the handler, and with it the buffer.
		x.Body = append([]byte(nil), r.ctx.PostBody()...)
	}
	h := newHeld(r, x)
	router := r.server.options.Router
	switch {
	case router != nil && router.Elsewhere(x.SID):
		h.router = router
		h.hold()
	case !r.server.loop.Post(h):
		r.answer(&Answer{Status: fasthttp.StatusServiceUnavailable})
	default:
		h.await()
	}
}

// ExchangeLost hears that the client of a waiting exchange went away, where the
// responder belongs to another process. It belongs to the loop.
func (s *Server) ExchangeLost(sid string, r Responder) {
	if session := s.sessions[sid]; session != nil {
		session.pollLost(r)
	}
}

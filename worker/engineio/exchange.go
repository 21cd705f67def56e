package engineio

import (
	"github.com/valyala/fasthttp"
)

// exchange takes a polling request to its session, here or elsewhere.
func (r *request) exchange() {
	// The task may outlive the handler, and with it the buffer.
	h := newHeld(r, exchangeOf(&r.ctx.Request.Header, &r.query, append([]byte(nil), r.ctx.PostBody()...)))
	router := r.server.options.Router
	switch {
	case router != nil && router.Elsewhere(r.query.sid):
		h.router = router
		h.hold()
	case !r.server.loop.Post(h):
		r.answer(&Answer{Status: fasthttp.StatusServiceUnavailable})
	default:
		h.await()
	}
}

func exchangeOf(h *fasthttp.RequestHeader, q *query, body []byte) Exchange {
	x := Exchange{SID: q.sid, Method: method(h), Revision: q.revision, WebSocket: q.transport == WebSocket}
	if x.Method == fasthttp.MethodPost {
		x.Octet = string(h.ContentType()) == "application/octet-stream"
		x.Body = body
	}
	return x
}

// ExchangeLost hears that the client of a waiting exchange went away, where the
// responder belongs to another process. It belongs to the loop.
func (s *Server) ExchangeLost(sid string, r Responder) {
	if session := s.sessions[sid]; session != nil {
		session.pollLost(r)
	}
}

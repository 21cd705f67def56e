package engineio

import (
	"net"
	"strings"

	"github.com/ioserver/ioserver/worker/loop"
	"github.com/valyala/fasthttp"
)

// openWebSocket opens a session over WebSocket.
func (r *request) openWebSocket() {
	id, refusal := r.newID()
	if refusal != nil {
		r.refused(refusal, true)
		return
	}
	r.initialHeaders()
	task := &openSocket{server: r.server, id: id, query: r.query, head: r.head}
	r.handshake(func(fd int, unread []byte) {
		task.fd, task.unread = fd, unread
		if !task.server.loop.Post(task) {
			task.server.front.closeDescriptor(fd)
		}
	})
}

// openSocket is a WebSocket handshake as a task of the loop. It owns fd.
type openSocket struct {
	server *Server
	id     string
	query  query
	head   *Request
	fd     int
	unread []byte
}

// Run opens the session.
func (t *openSocket) Run() {
	s := t.server
	if s.shutdown || s.sessions[t.id] != nil {
		s.front.closeDescriptor(t.fd)
		return
	}
	session := s.open(t.id, &t.query, t.head)
	conn, err := s.loop.Attach(t.fd, sessionSocket{session})
	if err != nil {
		s.forget(session)
		session.state = closed
		s.logger.Warn("take a WebSocket on the loop", "sid", t.id, address(t.head.Remote), "error", err)
		return
	}
	session.socket.conn = conn
	session.send(s.openPacket(session))
	session.startHeartbeat()
	session.callOpen()
	if len(t.unread) > 0 {
		sessionSocket{session}.Data(conn, t.unread)
	}
}

// upgrade has a polling session take a WebSocket, here or elsewhere.
func (r *request) upgrade() {
	s, q := r.server, r.query
	if router := s.options.Router; router != nil && router.Elsewhere(q.sid) {
		r.handover(router)
		return
	}
	verdict := make(chan *RequestError, 1)
	posted := s.loop.Post(loop.Func(func() { verdict <- s.mayUpgrade(q.sid, q.revision) }))
	if !posted {
		r.answer(&Answer{Status: fasthttp.StatusServiceUnavailable})
		return
	}
	select {
	case refusal := <-verdict:
		if refusal != nil {
			r.refused(refusal, true)
			return
		}
	case <-s.loop.Done():
		r.answer(&Answer{Status: fasthttp.StatusServiceUnavailable})
		return
	}
	r.handshake(func(fd int, unread []byte) {
		if !s.loop.Post(loop.Func(func() { s.attachUpgrade(q.sid, q.b64, fd, unread) })) {
			s.front.closeDescriptor(fd)
		}
	})
}

// ofBody reports whether a header line tells of the request's body. An upgrade's
// has been read, means nothing, and does not come again.
func ofBody(name string) bool {
	return strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "Transfer-Encoding") ||
		strings.EqualFold(name, "Trailer") || strings.EqualFold(name, "Expect")
}

// handover passes the connection on with its request, for the session's process
// to read again.
func (r *request) handover(router Router) {
	head := make([]byte, 0, len(r.head.URI)+len(r.head.Header)+32)
	head = append(head, "GET "...)
	head = append(head, r.head.URI...)
	head = append(head, " HTTP/1.1\r\n"...)
	for line := range strings.Lines(r.head.Header) {
		if name, _, _ := strings.Cut(line, ":"); !ofBody(name) {
			head = append(head, line...)
		}
	}
	sid, s, remote := r.query.sid, r.server, r.peer // the other process reads the request again
	r.ctx.HijackSetNoResponse(true)
	r.ctx.Hijack(func(c net.Conn) {
		fd, unread, err := detach(c)
		if err != nil {
			s.logger.Warn("take an upgrade's connection", "sid", sid, address(remote), "error", err)
			return
		}
		s.stats.handing.Add(1)
		router.Handover(sid, fd, append(head, unread...), remote)
		s.stats.handovers.Add(1)
		s.stats.handing.Add(-1)
	})
}

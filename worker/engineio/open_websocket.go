package engineio

import (
	"net"
	"sync"

	"github.com/fasthttp/websocket"
	"github.com/ioserver/ioserver/protocol/ws"
	"github.com/ioserver/ioserver/worker/loop"
	"github.com/valyala/fasthttp"
)

// upgrader answers the opening handshake. Its connections are taken from it at
// once, so that its buffers are small and shared.
var upgrader = websocket.FastHTTPUpgrader{
	ReadBufferSize:  256,
	WriteBufferSize: 256,
	WriteBufferPool: &sync.Pool{},
	CheckOrigin:     func(*fasthttp.RequestCtx) bool { return true }, // done by CORS
	Error: func(ctx *fasthttp.RequestCtx, _ int, reason error) {
		ctx.Response.Header.Set("Sec-WebSocket-Version", "13")
		(&RequestError{Message: reason.Error()}).refuseUpgrade(ctx)
	},
}

// handshake answers 101 and passes the connection to take, which owns it.
func (r *request) handshake(take func(fd int, unread []byte)) {
	if !ws.ValidKey(r.head.Get("Sec-WebSocket-Key")) {
		r.refused(&RequestError{Code: BadRequest, Message: "Missing or invalid Sec-WebSocket-Key header", Detail: "not 16 bytes of base64"}, true)
		return
	}
	for _, l := range r.lines.lines {
		r.ctx.Response.Header.Add(l.name, l.value)
	}
	server := r.server
	err := upgrader.Upgrade(r.ctx, func(c *websocket.Conn) {
		fd, unread, err := detach(c.NetConn())
		if err != nil {
			server.logger.Warn("take a WebSocket's connection", "error", err)
			return
		}
		take(fd, unread)
	})
	if err != nil {
		server.note(r.head, &RequestError{Code: BadRequest, Message: refusals[BadRequest], Detail: err.Error()})
	}
}

// openWebSocket opens a session over WebSocket.
func (r *request) openWebSocket() {
	id, refusal := r.newID()
	if refusal != nil {
		r.refused(refusal, true)
		return
	}
	r.initialHeaders(id, false)
	task := &openSocket{server: r.server, id: id, query: r.query, head: r.head}
	r.handshake(func(fd int, unread []byte) {
		task.fd, task.unread = fd, unread
		if !task.server.loop.Post(task) {
			closeDescriptor(fd)
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
		closeDescriptor(t.fd)
		return
	}
	session := s.open(t.id, &t.query, t.head)
	conn, err := s.loop.Attach(t.fd, sessionSocket{session})
	if err != nil {
		s.forget(session)
		session.state = closed
		s.logger.Warn("take a WebSocket on the loop", "error", err)
		return
	}
	session.socket.conn = conn
	session.send(s.openPacket(session))
	session.startHeartbeat()
	s.handler.Open(session)
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
			closeDescriptor(fd)
		}
	})
}

// handover passes the connection on with its request, for the session's process
// to read again.
func (r *request) handover(router Router) {
	head := make([]byte, 0, len(r.head.URI)+len(r.head.Header)+32)
	head = append(head, "GET "...)
	head = append(head, r.head.URI...)
	head = append(head, " HTTP/1.1\r\n"...)
	head = append(head, r.head.Header...)
	sid, logger, remote := r.query.sid, r.server.logger, r.head.Remote
	r.ctx.HijackSetNoResponse(true)
	r.ctx.Hijack(func(c net.Conn) {
		fd, unread, err := detach(c)
		if err != nil {
			logger.Warn("take an upgrade's connection", "error", err)
			return
		}
		router.Handover(sid, fd, append(head, unread...), remote)
	})
}

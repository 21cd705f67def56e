package engineio

import (
	"errors"
	"strings"

	"github.com/valyala/fasthttp"
)

// request is one HTTP request on its way through the server, off the loop.
type request struct {
	server *Server
	ctx    *fasthttp.RequestCtx
	head   *Request
	query  query
	lines  HeaderLines
}

// HandleRequest serves one request of the server's path. On a [Front] a poll
// that has to wait leaves its goroutine; elsewhere it keeps it.
func (s *Server) HandleRequest(ctx *fasthttp.RequestCtx) {
	r := &request{server: s, ctx: ctx, head: newRequest(ctx), query: parseQuery(ctx.QueryArgs())}
	upgrade := isUpgrade(r.head)
	if a := r.originRefused(upgrade); a != nil {
		r.answer(a)
		return
	}
	if s.options.Headers != nil {
		s.options.Headers(&r.lines, r.head)
	}
	if err := r.verify(upgrade); err != nil {
		r.refused(err, upgrade)
		return
	}
	switch {
	case upgrade && r.query.sid != "":
		r.upgrade()
	case upgrade:
		r.openWebSocket()
	case r.query.sid != "":
		r.exchange()
	default:
		r.openPolling()
	}
}

func isUpgrade(r *Request) bool {
	return strings.EqualFold(r.Get("Upgrade"), "websocket") && r.Method == fasthttp.MethodGet
}

// originRefused answers a preflight, and a page that may not connect.
func (r *request) originRefused(upgrade bool) *Answer {
	cors, origin := &r.server.options.CORS, r.head.Get("Origin")
	if origin == "" {
		return nil
	}
	cors.allow(&r.lines, origin)
	if !cors.admits(origin, string(r.ctx.Host())) {
		err := refuse(Forbidden, "origin not listed")
		r.server.note(r.head, err)
		r.server.logger.Warn("request of another origin refused: name it with --cors-origin to let it in", "origin", origin, "host", string(r.ctx.Host()))
		if upgrade {
			r.ctx.SetConnectionClose()
		}
		return err.answer()
	}
	if r.head.Method == fasthttp.MethodOptions && len(cors.Origins) > 0 && r.head.Get("Access-Control-Request-Method") != "" {
		return cors.preflight(&r.lines, r.head)
	}
	return nil
}

// verify is what can be said of a request without its session.
func (r *request) verify(upgrade bool) *RequestError {
	o, q := &r.server.options, &r.query
	switch {
	case !o.offers(q.transport):
		return refuse(UnknownTransport, "transport not offered")
	case q.sid != "":
		return nil
	case r.head.Method != fasthttp.MethodGet:
		return refuse(BadHandshakeMethod, "a handshake is a GET")
	case q.transport == WebSocket && !upgrade:
		return refuse(BadRequest, "websocket without an upgrade")
	case upgrade && q.transport != WebSocket:
		return refuse(BadRequest, "an upgrade to another transport")
	}
	if o.AllowRequest != nil {
		if err := o.AllowRequest(r.head); err != nil {
			return &RequestError{Code: Forbidden, Message: err.Error(), Detail: "refused by the application"}
		}
	}
	if q.revision == 3 && !o.AllowEIO3 {
		return refuse(UnsupportedProtocolVersion, "revision 3 is switched off")
	}
	return nil
}

// note counts a refusal and tells the application of it.
func (s *Server) note(r *Request, err *RequestError) {
	if err.Code < len(s.stats.refused) {
		s.stats.refused[err.Code].Add(1)
	}
	if s.options.ConnectionError != nil {
		s.options.ConnectionError(r, err)
	}
}

func (r *request) refused(err *RequestError, upgrade bool) {
	r.server.note(r.head, err)
	if upgrade {
		err.refuseUpgrade(r.ctx)
		return
	}
	r.answer(err.answer())
}

func (r *request) answer(a *Answer) {
	a.write(&r.ctx.Response, &r.server.options, r.head, &r.lines)
}

// initialHeaders adds what only a session's first answer carries.
func (r *request) initialHeaders(sid string, cookie bool) {
	if o := &r.server.options; cookie && o.Cookie.Name != "" {
		r.lines.Add("Set-Cookie", o.Cookie.line(sid))
	}
	if f := r.server.options.InitialHeaders; f != nil {
		f(&r.lines, r.head)
	}
}

func (r *request) newID() (string, *RequestError) {
	id, err := r.server.options.GenerateID(r.head)
	if err == nil && strings.ContainsFunc(id, notIDCharacter) || err == nil && id == "" {
		err = errors.New("an id must be letters, digits, - and _")
	}
	if err != nil {
		r.server.logger.Error("generate a session id", "error", err)
		return "", refuse(BadRequest, "no session id could be made")
	}
	return id, nil
}

func notIDCharacter(c rune) bool {
	return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_'
}

// openPolling opens a session over polling and answers with its open packet.
func (r *request) openPolling() {
	id, refusal := r.newID()
	if refusal != nil {
		r.refused(refusal, false)
		return
	}
	r.initialHeaders(id, true)
	task := &openPolling{server: r.server, id: id, query: r.query, head: r.head, done: make(chan *Answer, 1)}
	if !r.server.loop.Post(task) {
		r.answer(&Answer{Status: fasthttp.StatusServiceUnavailable})
		return
	}
	select {
	case a := <-task.done:
		r.answer(a)
	case <-r.server.loop.Done():
		r.answer(&Answer{Status: fasthttp.StatusServiceUnavailable})
	}
}

// openPolling is a polling handshake as a task of the loop.
type openPolling struct {
	server *Server
	id     string
	query  query
	head   *Request
	done   chan *Answer
}

// Run opens the session.
func (t *openPolling) Run() {
	s := t.server
	if s.shutdown || s.sessions[t.id] != nil {
		t.done <- &Answer{Status: fasthttp.StatusServiceUnavailable}
		return
	}
	session := s.open(t.id, &t.query, t.head)
	session.poll = t
	session.answerPoll([]*Message{s.openPacket(session)})
	session.startHeartbeat()
	s.handler.Open(session)
}

// Respond passes the open packet on.
func (t *openPolling) Respond(a *Answer) { t.done <- a }

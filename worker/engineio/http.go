package engineio

import (
	"net"
	"runtime/debug"
	"strings"

	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/valyala/fasthttp"
)

// request is one HTTP request on its way through the server, off the loop.
type request struct {
	server *Server
	ctx    *fasthttp.RequestCtx
	peer   net.Addr // the connection's own address, whoever the client is
	head   *Request
	query  query
	form   form
	lines  HeaderLines
}

// HandleRequest serves one request of the server's path. On a [Front] a poll
// that has to wait leaves its goroutine. Elsewhere it keeps it, and that the
// client went away shows with the answer only, at the latest with a heartbeat.
func (s *Server) HandleRequest(ctx *fasthttp.RequestCtx) {
	r := &request{server: s, ctx: ctx, peer: remoteAddr(ctx), query: parseQuery(ctx.QueryArgs())}
	r.head = s.requestOf(&ctx.Request.Header, r.peer, ctx.IsTLS(), r.query.sid == "")
	r.form = formOf(r.head.Get("User-Agent"), r.head.Get("Accept-Encoding"), &s.options)
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
	return r.Method == fasthttp.MethodGet && strings.EqualFold(r.Get("Upgrade"), "websocket") && lists(r.Get("Connection"), "upgrade")
}

// lists reports whether a comma-separated header names the token.
func lists(header, token string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if strings.EqualFold(strings.TrimSpace(part), token) {
			return true
		}
	}
	return false
}

// originRefused answers a preflight, and a page that may not connect.
func (r *request) originRefused(upgrade bool) *Answer {
	cors, origin := &r.server.settings.Load().cors, r.head.Get("Origin")
	cors.allow(&r.lines, origin)
	if page := pageOf(origin, r.query.jsonp != nil, r.head.Get); !cors.admits(page, r.head.Get("Host")) {
		err := refuse(Forbidden, "origin not listed")
		r.server.note(r.head, err)
		r.server.logger.Warn("request of another origin refused: name it with --cors-origin to let it in",
			"origin", page, "host", r.head.Get("Host"), address(r.head.Remote))
		if upgrade {
			r.ctx.SetConnectionClose()
		}
		return err.answer()
	}
	if origin != "" && r.head.Method == fasthttp.MethodOptions && len(cors.Origins) > 0 && r.head.Get("Access-Control-Request-Method") != "" {
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
	case upgrade && q.transport != WebSocket:
		return refuse(BadRequest, "an upgrade to another transport")
	case q.sid != "":
		return nil
	case r.head.Method != fasthttp.MethodGet:
		return refuse(BadHandshakeMethod, "a handshake is a GET")
	case q.transport == WebSocket && !upgrade:
		return refuse(BadRequest, "websocket without an upgrade")
	}
	if o.AllowRequest != nil {
		if err := o.AllowRequest(r.head); err != nil {
			refusal := refuse(Forbidden, "refused by the application")
			if text := err.Error(); text != "" {
				refusal.Message = text
			}
			return refusal
		}
	}
	if q.revision == eio.V3 && !o.AllowEIO3 {
		return refuse(UnsupportedProtocolVersion, "revision 3 is switched off")
	}
	return nil
}

// note counts a refusal and tells the application of it, which may not be at
// its best: this is called from goroutines that nobody guards.
func (s *Server) note(r *Request, err *RequestError) {
	if err.Code >= 0 && err.Code < len(s.stats.refused) {
		s.stats.refused[err.Code].Add(1)
	}
	if f := s.options.ConnectionError; f != nil {
		s.tellRefusal(f, r, err)
	}
	if all := s.refusals.Load(); all != nil {
		for _, f := range *all {
			s.tellRefusal(f, r, err)
		}
	}
}

func (s *Server) tellRefusal(f func(*Request, *RequestError), r *Request, err *RequestError) {
	defer func() {
		if p := recover(); p != nil {
			s.logger.Error("panic in ConnectionError", address(r.Remote), "panic", p, "stack", string(debug.Stack()))
		}
	}()
	f(r, err)
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
	a.write(&r.ctx.Response, r.form, &r.lines)
}

// initialHeaders adds what the application wants on a session's first answer.
func (r *request) initialHeaders() {
	if f := r.server.options.InitialHeaders; f != nil {
		f(&r.lines, r.head)
	}
}

package api

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/valyala/fasthttp"
)

// route is what one path offers.
type route struct {
	methods string // for Allow
	open    bool   // asks for no token
	body    bool   // reads one, of JSON
	serve   func(*Server, *fasthttp.RequestCtx)
	about   *operation
}

const (
	posts = "POST, OPTIONS"
	gets  = "GET, HEAD, OPTIONS"
)

// routes are all that there is.
var routes map[string]*route

func init() { // the document that a route serves is of the routes
	done := []string{"done"}
	routes = map[string]*route{
		"/api/emit": {methods: posts, body: true, serve: command(contract.EmitCommand),
			about: &operation{name: "emit", says: "Send an event to clients, and wait for their acknowledgements where that is wanted.", fields: "emit", answers: []string{"done", "acked"}}},
		"/api/join": {methods: posts, body: true, serve: command(contract.JoinCommand),
			about: &operation{name: "join", says: "Make sockets members of rooms.", fields: "join", answers: done}},
		"/api/leave": {methods: posts, body: true, serve: command(contract.LeaveCommand),
			about: &operation{name: "leave", says: "Take sockets out of rooms.", fields: "leave", answers: done}},
		"/api/disconnect": {methods: posts, body: true, serve: command(contract.DisconnectCommand),
			about: &operation{name: "disconnect", says: "End sockets.", fields: "disconnect", answers: done}},
		"/api/server-side-emit": {methods: posts, body: true, serve: command(contract.ServerSideEmitCommand),
			about: &operation{name: "serverSideEmit", says: "Send an event to the servers' own handlers.", fields: "server-side-emit", answers: []string{"done", "servers-acked"}}},
		"/api/sockets": {methods: gets, serve: query(contract.SocketsCommand, socketsParameters),
			about: &operation{name: "sockets", says: "Who is there, page by page.", fields: "sockets", parameters: socketsParameters, answers: []string{"sockets-page"}}},
		"/api/rooms": {methods: gets, serve: query(contract.RoomsCommand, roomsParameters),
			about: &operation{name: "rooms", says: "Which rooms there are, page by page.", fields: "rooms", parameters: roomsParameters, answers: []string{"rooms-page"}}},
		"/api/tail": {methods: "GET, OPTIONS", serve: (*Server).tail,
			about: &operation{name: "tail", says: "What clients do, a line of JSON each, for as long as it is read.", fields: "tail", parameters: tailParameters, kind: lines, answers: []string{"tail-record"}}},
		"/api/status": {methods: gets, serve: (*Server).status,
			about: &operation{name: "status", says: "The nodes of the cluster and their workers.", answers: []string{"status"}}},
		"/api/openapi.json": {methods: gets, serve: (*Server).openapi,
			about: &operation{name: "openapi", says: "This document.", answers: []string{"openapi"}}},
		"/healthz": {methods: gets, open: true, serve: (*Server).health,
			about: &operation{name: "healthz", says: "The process that got the connection answers.", answers: done}},
		"/readyz": {methods: gets, open: true, serve: (*Server).ready,
			about: &operation{name: "readyz", says: "Every worker serves, and hears the others.", answers: []string{"ready"}, refused: "ready"}},
		"/metrics": {methods: gets, serve: (*Server).metrics,
			about: &operation{name: "metrics", says: "Metrics for Prometheus.", kind: "text/plain"}},
	}
}

func (r *route) takes(method []byte) bool {
	for m := range strings.SplitSeq(r.methods, ", ") {
		if m == string(method) {
			return true
		}
	}
	return false
}

// connectionRefusal is the answer to a connection too many.
var connectionRefusal = func() []byte {
	body := refuse(0, "too_many_connections", "this worker serves %d connections already", connections).body()
	return fmt.Appendf(nil, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: %s\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", busyPause, len(body), body)
}()

// bodyLimit is how much fasthttp reads of a body before it asks any further.
func (s *Server) bodyLimit(h *fasthttp.RequestHeader, trusted bool) fasthttp.RequestConfig {
	c := fasthttp.RequestConfig{ReadTimeout: s.limits.body, MaxRequestBodySize: refused}
	path, _, _ := bytes.Cut(h.RequestURI(), []byte("?"))
	if r := routes[string(path)]; r != nil && r.body && s.authorised(h, trusted) && s.bodyRefused(h) == nil {
		c.MaxRequestBodySize = prefetch
	}
	return c
}

func (s *Server) handle(ctx *fasthttp.RequestCtx, trusted bool) {
	defer s.guard(ctx)
	r, refusal, pending := s.admit(ctx, trusted)
	switch {
	case refusal != nil:
		s.refuse(ctx, refusal, pending)
	case ctx.IsOptions():
		s.counters.answered(fasthttp.StatusNoContent)
		ctx.Response.Header.Set(fasthttp.HeaderAllow, r.methods)
		ctx.SetStatusCode(fasthttp.StatusNoContent)
	case r.open:
		r.serve(s, ctx)
	default:
		if refusal := s.inTime(ctx); refusal != nil {
			s.refuse(ctx, refusal, pending)
			return
		}
		r.serve(s, ctx)
	}
}

// expect answers before the body is sent.
func (s *Server) expect(ctx *fasthttp.RequestCtx, trusted bool) int {
	if _, refusal, pending := s.admit(ctx, trusted); refusal != nil {
		s.refuse(ctx, refusal, pending)
		return refusal.status
	}
	return fasthttp.StatusContinue
}

// admit refuses what can be refused by a request's head. It tells also whether
// part of the body may be on its way.
func (s *Server) admit(ctx *fasthttp.RequestCtx, trusted bool) (*route, *refusal, bool) {
	waiting := pending(&ctx.Request, refused)
	r := routes[string(ctx.Path())]
	switch {
	case r == nil:
		return nil, refuse(fasthttp.StatusNotFound, "not_found", "there is nothing at %s", contract.Show(ctx.Path())), waiting
	case !r.takes(ctx.Method()):
		ref := refuse(fasthttp.StatusMethodNotAllowed, "method_not_allowed", "%s takes %s, not %s", ctx.Path(), r.methods, contract.Show(ctx.Method()))
		ref.allow = r.methods
		return nil, ref, waiting
	case ctx.IsOptions() || r.open:
		return r, nil, waiting
	case !s.authorised(&ctx.Request.Header, trusted):
		return nil, refuse(fasthttp.StatusUnauthorized, "unauthorized", "a header is wanted: Authorization: Bearer TOKEN, with a token that the server knows"), waiting
	case r.body:
		return r, s.bodyRefused(&ctx.Request.Header), waiting
	}
	return r, nil, waiting
}

// bodyRefused refuses a body by what the head says of it.
func (s *Server) bodyRefused(h *fasthttp.RequestHeader) *refusal {
	if kind := h.ContentType(); !isJSON(kind) {
		return refuse(fasthttp.StatusUnsupportedMediaType, "unsupported_media_type", "Content-Type: application/json is wanted, not %s", contract.Show(kind))
	}
	if coding := h.ContentEncoding(); len(coding) > 0 && !bytes.EqualFold(coding, []byte("identity")) {
		return refuse(fasthttp.StatusUnsupportedMediaType, "unsupported_encoding", "Content-Encoding: %s is not understood: send the body as it is", contract.Show(coding))
	}
	if m := s.settings.Load().maxBody; h.ContentLength() > m {
		return tooLarge(m)
	}
	return nil
}

func tooLarge(most int) *refusal {
	return refuse(fasthttp.StatusRequestEntityTooLarge, "too_large", "the body is longer than %d bytes", most)
}

// isJSON takes application/json, with any parameters but another charset.
func isJSON(kind []byte) bool {
	media, parameters, _ := strings.Cut(string(kind), ";")
	if !strings.EqualFold(strings.TrimSpace(media), "application/json") {
		return false
	}
	for p := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(name, "charset") && !strings.EqualFold(strings.Trim(value, `"`), "utf-8") {
			return false
		}
	}
	return true
}

package api

import (
	"encoding/json"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/tail"
	"github.com/valyala/fasthttp"
)

// lines is the media type of a stream of JSON values, one a line.
const lines = "application/x-ndjson"

var tailParameters = []parameter{
	namespaceParameter, {name: "rooms", list: true, value: textValue}, {name: "events", list: true, value: textValue},
	{name: "kinds", list: true, value: textValue}, {name: "args", value: booleanValue},
}

// tail is GET /api/tail: what clients do, for as long as it is read.
func (s *Server) tail(ctx *fasthttp.RequestCtx) {
	fields, r := fieldsOf(ctx, tailParameters)
	if r != nil {
		s.refuse(ctx, r, false)
		return
	}
	filter := tail.Filter{Args: true}
	if err := json.Unmarshal(encode(fields), &filter); err != nil {
		s.refuse(ctx, bad(contract.InvalidValue, "%v", err), false)
		return
	}
	v, err := s.look(filter)
	if err != nil {
		s.refuse(ctx, refusalOf(err), false)
		return
	}
	s.counters.answered(fasthttp.StatusOK)
	if c, ok := ctx.Conn().(*conn); ok {
		c.stream = s.limits.answer
	}
	ctx.SetConnectionClose()
	ctx.SetContentType(lines)
	ctx.Response.Header.Set(fasthttp.HeaderCacheControl, "no-store")
	ctx.SetBodyStream(&stream{v, s}, -1)
}

// look begins to look, which Close ends.
func (s *Server) look(f tail.Filter) (*tail.Viewer, *contract.Error) {
	if s.hub == nil {
		return nil, &contract.Error{Code: contract.Internal, Message: "this server cannot be looked at"}
	}
	v, err := s.hub.View(f)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.viewers[v] = struct{}{}
	if s.closing {
		v.End()
	}
	return v, nil
}

// stream is a viewer as the body of an answer, whose end fasthttp tells.
type stream struct {
	*tail.Viewer
	server *Server
}

// Close looks no more.
func (t *stream) Close() error {
	t.server.mu.Lock()
	delete(t.server.viewers, t.Viewer)
	t.server.mu.Unlock()
	return t.Viewer.Close()
}

package api

import (
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/valyala/fasthttp"
)

// emission is the body of POST /api/emit.
type emission struct {
	namespace     string
	event         string
	args          json.RawMessage // an array; nil: none
	rooms, except []string
	volatile      bool
}

var emitted = []byte(`{"ok":true}` + "\n")

// emit is POST /api/emit.
func (s *Server) emit(ctx *fasthttp.RequestCtx) {
	if s.counters.atWork.Add(1) > int64(s.limits.atWork) {
		s.counters.atWork.Add(-1)
		s.counters.requestOverflows.Add(1)
		s.refuse(ctx, refuse(fasthttp.StatusTooManyRequests, "too_many_requests", "this worker has %d requests at work already", s.limits.atWork), pending(&ctx.Request, prefetch))
		return
	}
	defer s.counters.atWork.Add(-1)
	buf := bodies.Get().(*[]byte)
	defer release(buf)
	if r := s.read(ctx, buf); r != nil {
		s.refuse(ctx, r, true)
		return
	}
	if r := s.do(*buf); r != nil {
		s.refuse(ctx, r, false)
		return
	}
	s.counters.answered(fasthttp.StatusOK)
	answerJSON(ctx, emitted)
}

// bodies are buffers for what is read.
var bodies = sync.Pool{New: func() any { return new([]byte) }}

func release(buf *[]byte) {
	if cap(*buf) <= keptBytes {
		*buf = (*buf)[:0]
		bodies.Put(buf)
	}
}

// read reads the body whole. The buffer grows with what arrives, not with what
// is announced.
func (s *Server) read(ctx *fasthttp.RequestCtx, buf *[]byte) *refusal {
	stream := ctx.RequestBodyStream()
	if stream == nil {
		return nil // no body
	}
	most, b := s.settings.Load().maxBody, *buf
	defer func() { *buf = b }()
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := stream.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case len(b) > most:
			return tooLarge(most)
		case err == io.EOF:
			return nil
		case err != nil:
			return unreadable(err)
		}
	}
}

func unreadable(err error) *refusal {
	var late interface{ Timeout() bool }
	if errors.As(err, &late) && late.Timeout() {
		return refuse(fasthttp.StatusRequestTimeout, "timeout", "the body did not come in time")
	}
	return bad("bad_request", "the body cannot be read: %v", err)
}

// do emits what the body says, or refuses it before anything is done.
func (s *Server) do(body []byte) *refusal {
	if len(body) == 0 {
		return bad("invalid_json", "the body is empty: an object is wanted")
	}
	var e emission
	if r := e.parse(body); r != nil {
		return r
	}
	ns := s.io.Lookup(e.namespace)
	if ns == nil {
		return bad("unknown_namespace", "there is no namespace %s", show(e.namespace))
	}
	b := ns.To(e.rooms...).Except(e.except...)
	if e.volatile {
		b = b.Volatile()
	}
	switch err := b.Emit(e.event, &socketio.Args{JSON: e.args}); {
	case err == nil:
		return nil
	case errors.Is(err, socketio.ErrReserved):
		return bad("reserved_event", "event %s belongs to the protocol", show(e.event))
	case errors.Is(err, socketio.ErrTooManyRooms):
		return tooManyRooms("rooms and except")
	case errors.Is(err, socketio.ErrClosed):
		return refuse(fasthttp.StatusServiceUnavailable, "stopping", "the worker is about to end")
	default:
		return refuse(fasthttp.StatusInternalServerError, "internal", "%v", err)
	}
}

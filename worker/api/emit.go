package api

import (
	"errors"
	"io"
	"sync"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/valyala/fasthttp"
)

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
	answer, err := s.executor.Run(ctx, contract.EmitCommand, *buf, answerBytes)
	if err != nil {
		s.refuse(ctx, refusalOf(err), false)
		return
	}
	s.counters.answered(fasthttp.StatusOK)
	if answer == (contract.Done{OK: true}) {
		answerJSON(ctx, emitted)
		return
	}
	answerJSON(ctx, encode(answer))
}

// refusalOf is what is wrong with a command.
func refusalOf(err *contract.Error) *refusal {
	status := fasthttp.StatusBadRequest
	switch err.Code {
	case contract.TooLarge:
		status = fasthttp.StatusRequestEntityTooLarge
	case contract.TooManyRequests:
		status = fasthttp.StatusTooManyRequests
	case contract.Stopping:
		status = fasthttp.StatusServiceUnavailable
	case contract.Internal:
		status = fasthttp.StatusInternalServerError
	}
	return refuse(status, err.Code, "%s", err.Message)
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

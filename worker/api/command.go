package api

import (
	"errors"
	"sync/atomic"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/valyala/fasthttp"
)

var done = []byte(`{"ok":true}` + "\n")

// command serves a command whose body is the request's.
func command(name string) func(*Server, *fasthttp.RequestCtx) {
	return func(s *Server, ctx *fasthttp.RequestCtx) {
		if !s.begin(ctx, &s.counters.atWork, s.limits.atWork, "requests at work") {
			return
		}
		defer s.counters.atWork.Add(-1)
		buf := bodies.Get().(*[]byte)
		defer release(buf)
		if r := s.read(ctx, buf); r != nil {
			s.refuse(ctx, r, true)
			return
		}
		s.execute(ctx, name, *buf)
	}
}

// begin takes a place among so many at most, or refuses.
func (s *Server) begin(ctx *fasthttp.RequestCtx, places *atomic.Int64, most int, of string) bool {
	if places.Add(1) <= int64(most) {
		return true
	}
	places.Add(-1)
	s.counters.requestOverflows.Add(1)
	s.refuse(ctx, refuse(fasthttp.StatusTooManyRequests, contract.TooManyRequests, "this worker has %d %s already", most, of), pending(&ctx.Request, prefetch))
	return false
}

// execute has a command done, and answers.
func (s *Server) execute(ctx *fasthttp.RequestCtx, name string, body []byte) {
	answer, err := s.executor.Run(s.ctx, name, body, answerBytes)
	if err != nil {
		s.refuse(ctx, refusalOf(err), false)
		return
	}
	s.counters.answered(fasthttp.StatusOK)
	if answer == (contract.Done{OK: true}) {
		answerJSON(ctx, done)
		return
	}
	answerJSON(ctx, encode(answer))
}

// refusalOf is what is wrong with a command.
func refusalOf(err *contract.Error) *refusal {
	return refuse(statusOf(err.Code), err.Code, "%s", err.Message)
}

// statusOf is the status for a code of a command.
func statusOf(code string) int {
	switch code {
	case contract.TooLarge:
		return fasthttp.StatusRequestEntityTooLarge
	case contract.TooManyRequests:
		return fasthttp.StatusTooManyRequests
	case contract.Stopping, contract.Unanswered:
		return fasthttp.StatusServiceUnavailable
	case contract.Internal:
		return fasthttp.StatusInternalServerError
	}
	return fasthttp.StatusBadRequest
}

func unreadable(err error) *refusal {
	var late interface{ Timeout() bool }
	if errors.As(err, &late) && late.Timeout() {
		return refuse(fasthttp.StatusRequestTimeout, "timeout", "the body did not come in time")
	}
	return bad("bad_request", "the body cannot be read: %v", err)
}

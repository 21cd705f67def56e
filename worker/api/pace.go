package api

import (
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// pace bounds the requests of a second: as many may come at once, and then one
// each time that an even flow would have one.
type pace struct {
	begun time.Time
	next  atomic.Int64 // nanoseconds since begun, when the flow has caught up
}

// reserve takes a request's turn, and says how long it has to wait. Not ok:
// longer than most, and no turn was taken.
func (p *pace) reserve(rate int, most time.Duration) (wait time.Duration, ok bool) {
	step := int64(time.Second) / int64(rate)
	for {
		now, was := int64(time.Since(p.begun)), p.next.Load()
		next := max(was, now) + step
		wait = max(0, time.Duration(next-now)-time.Second)
		if wait > most {
			return wait, false
		}
		if p.next.CompareAndSwap(was, next) {
			return wait, true
		}
	}
}

// inTime has a request wait for its turn, or refuses it.
func (s *Server) inTime(ctx *fasthttp.RequestCtx) *refusal {
	rate := s.settings.Load().rate
	wait, ok := s.pace.reserve(rate, paceWait)
	switch {
	case !ok:
		s.counters.rateOverflows.Add(1)
		return refuse(fasthttp.StatusTooManyRequests, "rate_limited", "this worker takes %d requests a second", rate)
	case wait == 0:
		return nil
	}
	turn := time.NewTimer(wait)
	defer turn.Stop()
	select {
	case <-turn.C:
	case <-s.closed: // what waits is served while it can be
	}
	return nil
}

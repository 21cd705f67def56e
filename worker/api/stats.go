package api

import (
	"sync/atomic"

	"github.com/valyala/fasthttp"
)

// Statuses are those that requests are answered with, ascending.
var Statuses = [...]int{
	fasthttp.StatusOK, fasthttp.StatusNoContent,
	fasthttp.StatusBadRequest, fasthttp.StatusUnauthorized, fasthttp.StatusNotFound, fasthttp.StatusMethodNotAllowed,
	fasthttp.StatusRequestTimeout, fasthttp.StatusRequestEntityTooLarge, fasthttp.StatusUnsupportedMediaType,
	fasthttp.StatusTooManyRequests, fasthttp.StatusRequestHeaderFieldsTooLarge,
	fasthttp.StatusInternalServerError, fasthttp.StatusServiceUnavailable,
}

// Stats are counters since New, but for the first two.
type Stats struct {
	Connections         int64                 // open
	AtWork              int64                 // requests
	Answers             [len(Statuses)]uint64 // in the order of Statuses
	ConnectionOverflows uint64                // connections refused: there were too many
	RequestOverflows    uint64                // requests refused: too many were at work
	RateOverflows       uint64                // requests refused: too many came in a second
}

type counters struct {
	connections, atWork, queries                         atomic.Int64
	answers                                              [len(Statuses)]atomic.Uint64
	connectionOverflows, requestOverflows, rateOverflows atomic.Uint64
}

func (c *counters) answered(status int) {
	for i, s := range Statuses {
		if s == status {
			c.answers[i].Add(1)
			return
		}
	}
}

// Stats may be called from any goroutine.
func (s *Server) Stats() Stats {
	c := &s.counters
	st := Stats{
		Connections: c.connections.Load(), AtWork: c.atWork.Load() + c.queries.Load(),
		ConnectionOverflows: c.connectionOverflows.Load(), RequestOverflows: c.requestOverflows.Load(), RateOverflows: c.rateOverflows.Load(),
	}
	for i := range c.answers {
		st.Answers[i] = c.answers[i].Load()
	}
	return st
}

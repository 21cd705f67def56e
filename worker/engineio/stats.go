package engineio

import (
	"sync/atomic"

	"github.com/ioserver/ioserver/protocol/eio"
)

type counters struct {
	handshakes, upgrades, overflows, panics atomic.Uint64
	refused                                 [len(refusals)]atomic.Uint64
	held                                    atomic.Int64
	sessions                                [2][2]atomic.Int64 // by transport and revision
}

// Stats is a moment's count. Sessions are by transport, then revision.
type Stats struct {
	Handshakes uint64 // accepted
	Upgrades   uint64 // completed
	Overflows  uint64 // sessions closed with BufferOverflow
	Panics     uint64 // of the handler
	Refused    []uint64
	Held       int64 // requests that wait on the loop
	Polling    RevisionCount
	WebSocket  RevisionCount
}

// RevisionCount counts sessions by their Engine.IO revision.
type RevisionCount struct{ V3, V4 int64 }

func (s *Server) count(transport string, rev eio.Revision, n int64) {
	s.stats.sessions[transportIndex(transport)][rev-eio.V3].Add(n)
}

func transportIndex(transport string) int {
	if transport == WebSocket {
		return 1
	}
	return 0
}

// Stats may be called from any goroutine. Refused is indexed by code.
func (s *Server) Stats() Stats {
	c := &s.stats
	st := Stats{
		Handshakes: c.handshakes.Load(),
		Upgrades:   c.upgrades.Load(),
		Overflows:  c.overflows.Load(),
		Panics:     c.panics.Load(),
		Held:       c.held.Load(),
		Polling:    RevisionCount{V3: c.sessions[0][0].Load(), V4: c.sessions[0][1].Load()},
		WebSocket:  RevisionCount{V3: c.sessions[1][0].Load(), V4: c.sessions[1][1].Load()},
	}
	for i := range c.refused {
		st.Refused = append(st.Refused, c.refused[i].Load())
	}
	return st
}

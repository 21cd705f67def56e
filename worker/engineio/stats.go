package engineio

import (
	"sync"
	"sync/atomic"

	"github.com/ioserver/ioserver/protocol/eio"
)

// Stats are a server's counters since it was made, and what there is now. What
// the loop counts (traffic, ends, overflows) is as of the end of its last turn.
type Stats struct {
	Handshakes uint64               // accepted
	Upgrades   uint64               // completed
	Overflows  uint64               // sessions closed with BufferOverflow: the next two
	Queues     uint64               // of those: MaxQueueBytes were waiting for the client
	Replies    uint64               // of those: it asked for answers, and read none
	Probes     uint64               // upgrades given up for the same
	Crowded    uint64               // handshakes refused: as many sessions of their address polled as may
	Panics     uint64               // of the handler
	Refused    [RefusalCodes]uint64 // requests, by code
	Held       int64                // requests that wait on the loop now
	Handovers  uint64               // upgrades passed on to the session's process
	Handing    int64                // those under way now

	ForwardedIgnored uint64 // handshakes with a field like X-Forwarded-For from peers that are no trusted proxies

	Polling, WebSocket RevisionCount // sessions now

	// A packet that upgrades a session, and the probe before it, are the
	// WebSocket's; what waited for a poll is counted where it leaves.
	PollingTraffic, WebSocketTraffic Traffic

	Ended [len(Reasons)]uint64 // sessions, in the order of Reasons
}

// RevisionCount counts sessions by their Engine.IO revision.
type RevisionCount struct{ V3, V4 int64 }

// Traffic counts Engine.IO packets and the bytes of their payloads: without the
// packet's type and what the transport adds, and binary as bytes also where it
// travels as base64.
type Traffic struct{ PacketsIn, PacketsOut, BytesIn, BytesOut uint64 }

func (t *Traffic) in(payload int) {
	t.PacketsIn++
	t.BytesIn += uint64(payload)
}

func (t *Traffic) out(payload int) {
	t.PacketsOut++
	t.BytesOut += uint64(payload)
}

// counters are those of what is rare, or off the loop.
type counters struct {
	handshakes, upgrades, panics, handovers atomic.Uint64
	forwardedIgnored                        atomic.Uint64
	refused                                 [len(refusals)]atomic.Uint64
	held, handing                           atomic.Int64
	sessions                                [2][2]atomic.Int64 // by transport and revision
}

// tally is what the loop counts for each packet, in fields that it owns.
type tally struct {
	polling, webSocket Traffic
	ended              [len(Reasons)]uint64
	queues, replies    uint64
	probes             uint64
	crowded            uint64
}

// publishedTally is what other goroutines may see of it.
type publishedTally struct {
	mu    sync.Mutex
	tally tally // written by the loop alone
}

// publish shows the turn's counts to other goroutines. An idle turn of one
// server among several costs a comparison.
func (s *Server) publish() {
	if s.published.tally == s.tally {
		return
	}
	s.published.mu.Lock()
	s.published.tally = s.tally
	s.published.mu.Unlock()
}

func (s *Server) count(transport string, rev eio.Revision, n int64) {
	s.stats.sessions[transportIndex(transport)][rev-eio.V3].Add(n)
}

func transportIndex(transport string) int {
	if transport == WebSocket {
		return 1
	}
	return 0
}

// traffic is where packets of the session's transport are counted.
func (s *Session) traffic() *Traffic {
	if s.framed {
		return &s.server.tally.webSocket
	}
	return &s.server.tally.polling
}

// Stats may be called from any goroutine.
func (s *Server) Stats() Stats {
	s.published.mu.Lock()
	t := s.published.tally
	s.published.mu.Unlock()
	c := &s.stats
	st := Stats{
		Handshakes:       c.handshakes.Load(),
		Upgrades:         c.upgrades.Load(),
		Overflows:        t.queues + t.replies,
		Queues:           t.queues,
		Replies:          t.replies,
		Probes:           t.probes,
		Crowded:          t.crowded,
		Panics:           c.panics.Load(),
		Held:             c.held.Load(),
		Handovers:        c.handovers.Load(),
		Handing:          c.handing.Load(),
		ForwardedIgnored: c.forwardedIgnored.Load(),
		Polling:          RevisionCount{V3: c.sessions[0][0].Load(), V4: c.sessions[0][1].Load()},
		WebSocket:        RevisionCount{V3: c.sessions[1][0].Load(), V4: c.sessions[1][1].Load()},
		PollingTraffic:   t.polling,
		WebSocketTraffic: t.webSocket,
		Ended:            t.ended,
	}
	for i := range c.refused {
		st.Refused[i] = c.refused[i].Load()
	}
	return st
}

package bench

import (
	"fmt"

	"github.com/ioserver/ioserver/bench/load"
	"github.com/ioserver/ioserver/bench/report"
)

// From where on the load itself is suspected.
const (
	busyLimit = 0.85 // of a core
	lagLimit  = 5.0  // milliseconds, p99
	lateShare = 0.2  // of the latency's p99
	rateShare = 0.95 // of the rate that was wanted
)

// judge warns of figures that tell more of the load, or of the machine, than of
// the server.
func (r *runner) judge(s *report.Scenario, out load.Outcome) {
	b := s.Bench
	if b.Busiest > busyLimit {
		r.warn(fmt.Sprintf("%s: the busiest of the bench's %d threads took %.0f%% of a core: the bench may be the limit; give it more --threads", s.Name, b.Threads, b.Busiest*100))
	}
	if b.LagP99 > lagLimit {
		r.warn(fmt.Sprintf("%s: the bench's loops turned late by %s (p99): its threads wait for a processor, and latencies have that in them", s.Name, report.Duration(b.LagP99)))
	}
	if s.Loop == "open" && s.Latency != nil && b.LateP99 > max(1, lateShare*s.Latency.P99) {
		r.warn(fmt.Sprintf("%s: the bench sent late by %s (p99), which counts as latency", s.Name, report.Duration(b.LateP99)))
	}
	if s.Server != nil && s.Server.Processes == 0 {
		r.warn(fmt.Sprintf("%s: process %d has ended: figures of the server are worthless", s.Name, r.PID))
	}
	if s.Server != nil && s.Server.MemoryKind != "PSS" {
		r.warn(s.Name + ": the server's PSS may not be read: RSS counts what processes share in each of them")
	}
	sent := max(out.Measured.Requests, out.Measured.Published)
	if want := s.Rate * s.Seconds; s.Name != Connect && s.Loop == "open" && r.Messages == 0 && float64(sent) < rateShare*want-1 {
		r.warn(fmt.Sprintf("%s: %s of %s messages were sent in time: the timetable was not kept", s.Name, report.Count(sent), report.Count(int64(want))))
	}
}

package bench

import (
	"fmt"
	"math"
	"time"

	"github.com/ioserver/ioserver/bench/load"
	"github.com/ioserver/ioserver/bench/proc"
	"github.com/ioserver/ioserver/bench/report"
)

// serverEvery is how often a server is looked at: it costs a walk through /proc.
const serverEvery = time.Second

// measurement is what is measured of one scenario.
type measurement struct {
	r      *runner
	name   string
	limit  int64 // operations, if there is a number
	series series
	began  time.Time
	wall   time.Duration
	first  proc.Usage // of the server, at the beginning
	last   proc.Usage
	end    proc.Usage
	looked time.Time
	cores  float64
	self   [2]time.Duration
}

func (r *runner) measure(name string, limit int64) *measurement {
	return &measurement{r: r, name: name, limit: limit}
}

func (m *measurement) hooks() load.Hooks {
	return load.Hooks{Begin: m.begin, Watch: m.watch, End: m.finish}
}

func (m *measurement) begin() {
	m.series = series{}
	if m.r.server != nil {
		m.first = m.r.server.Measure(m.name != Connect) // there it was, a moment ago
		m.last = m.first
	}
	m.began, m.looked = time.Now(), time.Now()
	m.self[0] = m.r.self.Measure(false).CPU
}

func (m *measurement) watch(s load.Snapshot) {
	if m.r.server != nil && !m.began.IsZero() && (m.name == Connect || time.Since(m.looked) >= serverEvery) {
		u := m.r.server.Measure(false)
		m.cores = float64(u.CPU-m.last.CPU) / float64(time.Since(m.looked))
		m.last, m.looked = u, time.Now()
	}
	m.series.add(s, m.cores, m.last.RSS)
	m.r.progress.show(m.name, m.bar(s), s)
}

// bar is how much of the scenario is done.
func (m *measurement) bar(s load.Snapshot) float64 {
	c := s.Counts
	switch {
	case m.name == Connect:
		return float64(c.Opened+c.LostClients) / float64(m.limit)
	case m.limit > 0:
		return float64(max(c.Requests, c.Published)) / float64(m.limit)
	case s.Elapsed < 0:
		return 0
	}
	return float64(s.Elapsed) / float64(m.r.Duration)
}

func (m *measurement) finish() {
	m.wall = time.Since(m.began)
	m.self[1] = m.r.self.Measure(false).CPU
	if m.r.server != nil {
		m.end = m.r.server.Measure(true)
	}
}

// scenario is the row of the report, but for what only the caller knows.
func (m *measurement) scenario(out load.Outcome) report.Scenario {
	c := out.Counts
	s := report.Scenario{
		Name: m.name, Transport: m.r.transport, Wanted: int64(m.r.Clients), Clients: c.Ready,
		Seconds: round(out.Elapsed.Seconds(), 6), Latency: report.NewLatency(out.Latency), Why: m.r.fleet.Why(), Series: m.series.points,
		Faults: report.Faults{
			ClientsLost: c.LostClients, AcksLost: c.LostAcks, AcksDoubled: c.DoubledAcks, AcksStrange: c.StrangeAcks,
			MessagesLost: c.LostMessages, MessagesDoubled: c.DoubledMessages, MessagesStrange: c.StrangeMessages,
			MessagesLate: c.LateMessages, Corrupt: c.Corrupt, Refused: c.Refused,
		},
	}
	if out.Stalled {
		s.Notes = append(s.Notes, fmt.Sprintf("it ended because nothing came for %v", m.r.Timeout))
	}
	b := &s.Bench
	b.Threads, b.CPUSeconds = len(out.Busy), round((m.self[1]-m.self[0]).Seconds(), 3)
	for _, busy := range out.Busy {
		b.Busy = append(b.Busy, round(busy, 4))
		b.Busiest = max(b.Busiest, round(busy, 4))
	}
	b.LagP99, b.LagMax = report.Milliseconds(out.Lag.ValueAtPercentile(99)), report.Milliseconds(out.Lag.Max())
	b.LateP99 = report.Milliseconds(out.Late.ValueAtPercentile(99))
	b.MemoryBytes = m.r.self.Measure(false).RSS
	b.PerClient = max(0, b.MemoryBytes-m.r.selfBase) / int64(m.r.Clients)
	if m.r.server != nil {
		s.Server = m.server(c.Ready)
	}
	return s
}

// server is what the server took. Where a process may not be read for its PSS, all
// is RSS.
func (m *measurement) server(clients int64) *report.Server {
	v := &report.Server{
		Processes: m.end.Processes, CPUSeconds: round((m.end.CPU - m.first.CPU).Seconds(), 3),
		Cores:      round(float64(m.end.CPU-m.first.CPU)/float64(m.wall), 4),
		MemoryKind: "PSS", MemoryBefore: m.r.before.PSS, MemoryAfter: m.end.PSS,
	}
	if m.r.before.PSS == 0 || m.end.PSS == 0 {
		v.MemoryKind, v.MemoryBefore, v.MemoryAfter = "RSS", m.r.before.RSS, m.end.RSS
	}
	if clients > 0 {
		v.PerClient = (v.MemoryAfter - v.MemoryBefore) / clients
	}
	return v
}

// growth says how memory went over a scenario.
func (m *measurement) growth(s *report.Scenario) {
	if s.Server == nil {
		return
	}
	from, to := m.first.PSS, m.end.PSS
	if s.Server.MemoryKind == "RSS" {
		from, to = m.first.RSS, m.end.RSS
	}
	s.Notes = append(s.Notes, fmt.Sprintf("server memory went from %s to %s meanwhile", report.Bytes(from), report.Bytes(to)))
}

// add completes a scenario's row and has it in the report.
func (r *runner) add(s report.Scenario, out load.Outcome) {
	if s.Seconds > 0 {
		s.PerSecond = round(float64(s.Operations)/s.Seconds, 3)
	}
	if s.Server != nil && s.Operations > 0 {
		s.Server.PerOperation = round(s.Server.CPUSeconds*1e6/float64(s.Operations), 3)
	}
	r.judge(&s, out)
	r.report.Scenarios = append(r.report.Scenarios, s)
}

func round(v float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(v*p) / p
}

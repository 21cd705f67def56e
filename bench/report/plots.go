package report

import (
	"fmt"
	"math"
)

// percentiles draws the latencies of all scenarios, nil where there are none.
func (r *Report) percentiles() *plot {
	p := &plot{title: "Latency by percentile", width: 960, height: 340, caption: "latency"}
	low, high, last := math.Inf(1), 0.0, 0.0
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		if s.Latency == nil {
			continue
		}
		l := line{name: s.Label(), colour: i}
		for _, c := range s.Latency.Curve {
			v := max(c.Value, 0.001)
			low, high, last = min(low, v), max(high, v), max(last, c.Percentile)
			l.points = append(l.points, point{nine(c.Percentile), v, fmt.Sprintf("%s: p%.6g is %s", s.Label(), c.Percentile, Duration(c.Value))})
		}
		p.lines = append(p.lines, l)
	}
	if len(p.lines) == 0 {
		return nil
	}
	p.x, p.y = nines(last), logarithmic(low, high, Duration)
	return p
}

// seconds is the axis of a scenario's time.
func (s *Scenario) seconds() axis {
	low, high := 0.0, 0.0
	for _, q := range s.Series {
		low, high = min(low, q.Seconds), max(high, q.Seconds)
	}
	if low < 0 {
		low = math.Floor(low)
	}
	a := linear(low, high, func(v float64) string { return significantSeconds(v) + " s" })
	a.low, a.high = low, max(high, low+0.001)
	kept := a.ticks[:0]
	for _, t := range a.ticks {
		if t.at >= a.low && t.at <= a.high {
			kept = append(kept, t)
		}
	}
	a.ticks = kept
	return a
}

func significantSeconds(v float64) string { return fmt.Sprintf("%.3g", v) }

// throughput draws operations a second over time, nil where there are too few
// points to make a line.
func (s *Scenario) throughput(colour int) *plot {
	if s.Unit == "" || len(s.Series) < 3 {
		return nil
	}
	p := &plot{title: s.Name + ": throughput over time", width: 470, height: 200, caption: s.Unit + " a second", x: s.seconds()}
	l, high := line{name: s.Name, colour: colour, area: true}, 0.0
	for _, q := range s.Series {
		high = max(high, q.PerSecond)
		l.points = append(l.points, point{q.Seconds, q.PerSecond, fmt.Sprintf("%s s: %s a second", significantSeconds(q.Seconds), Rate(q.PerSecond))})
	}
	p.lines, p.y = []line{l}, linear(0, high, Rate)
	return p
}

// latencies draws median and p99 over time.
func (s *Scenario) latencies(colour int) *plot {
	if s.Latency == nil || len(s.Series) < 3 {
		return nil
	}
	p := &plot{title: s.Name + ": latency over time", width: 470, height: 200, caption: "latency", x: s.seconds()}
	median, tail := line{name: "p50", colour: colour}, line{name: "p99", colour: colour, dashed: true}
	low, high := math.Inf(1), 0.0
	for _, q := range s.Series {
		if q.P99 == 0 {
			continue
		}
		low, high = min(low, q.P50), max(high, q.P99)
		median.points = append(median.points, point{q.Seconds, q.P50, fmt.Sprintf("%s s: p50 is %s", significantSeconds(q.Seconds), Duration(q.P50))})
		tail.points = append(tail.points, point{q.Seconds, q.P99, fmt.Sprintf("%s s: p99 is %s", significantSeconds(q.Seconds), Duration(q.P99))})
	}
	if len(median.points) < 2 {
		return nil
	}
	p.lines, p.y = []line{tail, median}, logarithmic(low, high, Duration)
	return p
}

// memory draws what the server takes by how many clients it has, nil where it was
// not measured. Who connects while the memory of others is not given back yet
// seems to cost less than nothing, and is left out.
func (r *Report) memory() *plot {
	p := &plot{title: "Server memory by clients", width: 960, height: 280, caption: "server memory, all processes"}
	most, high := 0.0, 0.0
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		if s.Server == nil || s.Server.PerClient <= 0 || s.Name != "connect" && s.Name != "idle" {
			continue
		}
		p.lines = append(p.lines, line{name: s.Label() + " (" + s.Server.MemoryKind + ")", colour: i, dots: true, points: []point{
			{0, float64(s.Server.MemoryBefore), "before any client: " + Bytes(s.Server.MemoryBefore)},
			{float64(s.Clients), float64(s.Server.MemoryAfter), fmt.Sprintf("%s clients: %s, %s each", Count(s.Clients), Bytes(s.Server.MemoryAfter), Bytes(s.Server.PerClient))},
		}})
		most, high = max(most, float64(s.Clients)), max(high, float64(s.Server.MemoryAfter), float64(s.Server.MemoryBefore))
		if way := s.way(i); len(way.points) > 1 {
			for _, q := range way.points {
				high = max(high, q.y)
			}
			p.lines = append(p.lines, way)
		}
	}
	if len(p.lines) == 0 || most == 0 {
		return nil
	}
	p.x = linear(0, most, func(v float64) string { return Count(int64(v)) })
	p.x.high = most
	for len(p.x.ticks) > 0 && p.x.ticks[len(p.x.ticks)-1].at > most {
		p.x.ticks = p.x.ticks[:len(p.x.ticks)-1]
	}
	p.y = linear(0, high, func(v float64) string { return Bytes(int64(v)) })
	return p
}

// way is how memory grew while clients came.
func (s *Scenario) way(colour int) line {
	l := line{name: s.Label() + " (RSS, while they come)", colour: colour, dashed: true}
	for _, q := range s.Series {
		if s.Name == "connect" && q.Memory > 0 {
			l.points = append(l.points, point{float64(q.Clients), float64(q.Memory), fmt.Sprintf("%s clients: RSS %s", Count(q.Clients), Bytes(q.Memory))})
		}
	}
	return l
}

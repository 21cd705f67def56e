package bench

import (
	"github.com/ioserver/ioserver/bench/load"
	"github.com/ioserver/ioserver/bench/report"
)

// mostPoints bounds a series: a long one gets coarser.
const mostPoints = 480

// series is how a scenario went.
type series struct {
	points []report.Point
	every  int // looks that make a point
	looks  int
	before load.Counts
	open   report.Point // the point that is being made
	time   float64
	ops    int64
}

// add takes a look.
func (s *series) add(snap load.Snapshot, cores float64, memory int64) {
	c := snap.Measured
	s.ops += c.Acks - s.before.Acks + c.Deliveries - s.before.Deliveries + c.Opened - s.before.Opened
	s.before = c
	s.time += snap.Interval.Seconds()
	p := &s.open
	p.P50 = max(p.P50, report.Milliseconds(snap.Latency.ValueAtPercentile(50)))
	p.P99 = max(p.P99, report.Milliseconds(snap.Latency.ValueAtPercentile(99)))
	p.Seconds, p.Clients, p.Cores, p.Memory = round(snap.Elapsed.Seconds(), 3), c.Ready, round(cores, 3), memory
	if s.looks++; s.looks < max(s.every, 1) {
		return
	}
	if s.time > 0 {
		p.PerSecond = round(float64(s.ops)/s.time, 1)
	}
	s.points = append(s.points, *p)
	s.open, s.looks, s.time, s.ops = report.Point{}, 0, 0, 0
	if len(s.points) == mostPoints {
		s.halve()
	}
}

// halve makes one point of two.
func (s *series) halve() {
	s.every = 2 * max(s.every, 1)
	for i := range len(s.points) / 2 {
		a, b := s.points[2*i], s.points[2*i+1]
		b.PerSecond = round((a.PerSecond+b.PerSecond)/2, 1)
		b.P50, b.P99 = max(a.P50, b.P50), max(a.P99, b.P99)
		s.points[i] = b
	}
	s.points = s.points[:len(s.points)/2]
}

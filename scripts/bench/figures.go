package main

import (
	"fmt"
	"slices"

	"github.com/ioserver/ioserver/bench/report"
)

// figure is one that is reported of every server.
type figure struct {
	key    string // in results.json
	label  string
	value  func(*session) (float64, bool)
	format func(float64) string
}

// ofTheLoad begins the labels of what is not the server's.
const ofTheLoad = "the load"

// figures are all, in the order of the report. CPU is the server's, all processes.
func figures() []figure {
	micros := func(us float64) string { return report.Duration(us / 1000) }
	size := func(v float64) string { return report.Bytes(int64(v)) }
	share := func(v float64) string { return fmt.Sprintf("%.0f%%", v*100) }
	return []figure{
		{"connectCPUMicros", "connect: CPU a connection", of("connect", cpuEach), micros},
		{"connectsPerSecond", "connect: connections a second", of("connect", perSecond), report.Rate},
		{"memoryBeforeBytes", "memory before any client", of("connect", memoryBefore), size},
		{"memoryBytes", "memory with all clients idle", of("idle", memoryAfter), size},
		{"memoryPerClientBytes", "memory an idle client", of("idle", memoryEach), size},
		{"echoCPUMicros", "echo: CPU an acknowledgement", of("echo", cpuEach), micros},
		{"echoPerSecond", "echo: acknowledgements a second", of("echo", perSecond), report.Rate},
		{"echoP50Millis", "echo at a fixed rate: latency p50", paced(p50), report.Duration},
		{"echoP99Millis", "echo at a fixed rate: latency p99", paced(p99), report.Duration},
		{"broadcastCPUMicros", "broadcast: CPU a delivery", of("broadcast", cpuEach), micros},
		{"broadcastPerSecond", "broadcast: deliveries a second", of("broadcast", perSecond), report.Rate},
		{"broadcastP50Millis", "broadcast: latency p50", of("broadcast", p50), report.Duration},
		{"broadcastP99Millis", "broadcast: latency p99", of("broadcast", p99), report.Duration},
		{"pollingCPUMicros", "polling: CPU an acknowledgement", of("polling", cpuEach), micros},
		{"pollingPerSecond", "polling: acknowledgements a second", of("polling", perSecond), report.Rate},
		{"pollingP50Millis", "polling: latency p50", of("polling", p50), report.Duration},
		{"pollingP99Millis", "polling: latency p99", of("polling", p99), report.Duration},
		{"loadBusiest", ofTheLoad + ": its busiest thread", worst(func(b *report.Bench) float64 { return b.Busiest }), share},
		{"loadLagP99Millis", ofTheLoad + ": its loops late, p99", worst(func(b *report.Bench) float64 { return b.LagP99 }), report.Duration},
	}
}

// worst is what most lets the load itself be suspected, of all scenarios.
func worst(of func(*report.Bench) float64) func(*session) (float64, bool) {
	return func(s *session) (most float64, there bool) {
		for _, r := range []*report.Report{s.fast, s.paced} {
			for i := range r.Scenarios {
				most, there = max(most, of(&r.Scenarios[i].Bench)), true
			}
		}
		return most, there
	}
}

// read takes a figure from a scenario, and says whether it is there.
type read func(*report.Scenario) (float64, bool)

// of is a figure of a scenario that went as fast as it could: the first of its
// name, since the clients of polling connect too.
func of(name string, f read) func(*session) (float64, bool) {
	return func(s *session) (float64, bool) { return first(s.fast, name, f) }
}

// paced is a figure of echo at a rate.
func paced(f read) func(*session) (float64, bool) {
	return func(s *session) (float64, bool) { return first(s.paced, "echo", f) }
}

func first(r *report.Report, name string, f read) (float64, bool) {
	i := slices.IndexFunc(r.Scenarios, func(s report.Scenario) bool { return s.Name == name })
	if i < 0 {
		return 0, false
	}
	return f(&r.Scenarios[i])
}

func perSecond(s *report.Scenario) (float64, bool) { return s.PerSecond, s.PerSecond > 0 }

// cpuEach is nothing where it is too little for the system to have counted it.
func cpuEach(s *report.Scenario) (float64, bool) {
	if s.Server == nil || s.Server.PerOperation <= 0 {
		return 0, false
	}
	return s.Server.PerOperation, true
}

func memory(s *report.Scenario, of func(*report.Server) int64) (float64, bool) {
	if s.Server == nil || of(s.Server) <= 0 {
		return 0, false
	}
	return float64(of(s.Server)), true
}

func memoryBefore(s *report.Scenario) (float64, bool) {
	return memory(s, func(v *report.Server) int64 { return v.MemoryBefore })
}

func memoryAfter(s *report.Scenario) (float64, bool) {
	return memory(s, func(v *report.Server) int64 { return v.MemoryAfter })
}

func memoryEach(s *report.Scenario) (float64, bool) {
	return memory(s, func(v *report.Server) int64 { return v.PerClient })
}

func latency(s *report.Scenario, of func(*report.Latency) float64) (float64, bool) {
	if s.Latency == nil {
		return 0, false
	}
	return of(s.Latency), true
}

func p50(s *report.Scenario) (float64, bool) {
	return latency(s, func(l *report.Latency) float64 { return l.P50 })
}

func p99(s *report.Scenario) (float64, bool) {
	return latency(s, func(l *report.Latency) float64 { return l.P99 })
}

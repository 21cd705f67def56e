package main

import (
	"fmt"

	"github.com/ioserver/ioserver/bench/report"
)

// drawing is a chart of one figure, or of a range between two.
type drawing struct {
	file, title, says string
	key, high         string
	scenario          string // whose losses are told
}

func (r *results) drawings() []drawing {
	ours := "CPU of all the server's processes; less is better"
	ends := "p50, and p99 behind it; less is better"
	return []drawing{
		{"connect-cpu", "CPU a connection", ours, "connectCPUMicros", "", "connect"},
		{"memory", "Memory with all clients connected and idle", "proportional set size of all the server's processes; less is better", "memoryBytes", "", "idle"},
		{"echo-cpu", "CPU an acknowledgement", ours, "echoCPUMicros", "", "echo"},
		{"echo-rate", "Acknowledgements a second", "64 in flight; the load takes a part of the same cores; more is better", "echoPerSecond", "", "echo"},
		{"echo-latency", "Latency of " + report.Rate(r.Rate) + " acknowledgements a second", ends, "echoP50Millis", "echoP99Millis", "echo"},
		{"broadcast-cpu", "CPU a delivery of a broadcast", ours, "broadcastCPUMicros", "", "broadcast"},
		{"broadcast-latency", "Latency of a broadcast to all clients, one after another", ends, "broadcastP50Millis", "broadcastP99Millis", "broadcast"},
		{"polling-cpu", "CPU an acknowledgement, by long-polling", ours, "pollingCPUMicros", "", "polling"},
	}
}

// lostIn is what a scenario lost, or, where it has clients of its own, while they
// connected.
func (w *row) lostIn(scenario string) int64 {
	if scenario == "polling" {
		return w.LostIn[scenario] + w.LostIn["connect polling"]
	}
	return w.LostIn[scenario]
}

// charts are the drawings of what there are figures for.
func (r *results) charts() (all []*chart) {
	format := make(map[string]func(float64) string)
	for _, f := range figures() {
		format[f.key] = f.format
	}
	for _, d := range r.drawings() {
		c := &chart{file: d.file, title: d.title, says: d.says}
		for _, n := range r.clients() {
			g := group{name: report.Count(int64(n)) + " clients"}
			for _, w := range r.Rows {
				v, ok := w.Figures[d.key]
				if w.Clients != n || !ok {
					continue
				}
				b := bar{name: w.Server, value: v, text: format[d.key](v), node: w.Kind == kindNode}
				if d.high != "" {
					b.high = w.Figures[d.high]
					b.text += " – " + format[d.high](b.high)
				}
				if lost := w.lostIn(d.scenario); lost > 0 {
					b.text += fmt.Sprintf(" (%s lost)", report.Count(lost))
				}
				g.bars = append(g.bars, b)
			}
			if len(g.bars) > 0 {
				c.groups = append(c.groups, g)
			}
		}
		if len(c.groups) > 0 {
			all = append(all, c)
		}
	}
	return all
}

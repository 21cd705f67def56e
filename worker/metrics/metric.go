package metrics

import (
	"fmt"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// Prefixes of the totals, and of what is told by slot.
const (
	totalPrefix = "ioserver_"
	slotPrefix  = "ioserver_slot_"
)

type kind int

const (
	counter kind = iota
	gauge
	histogram
)

func (k kind) String() string { return [...]string{"counter", "gauge", "histogram"}[k] }

// metric is a row of the table: what is told of the workers.
type metric struct {
	kind   kind
	name   string // without a prefix
	help   string
	scale  float64 // of what is kept in a cell, to the metric's unit
	labels []string
	series []series
	bounds []float64 // of a histogram: its series are a bucket each, one more than these, and then the sum
}

// series is one value of a metric. It is in a cell of the row, filled by the
// recorder from read; or in one of the row's own fields, where field is set.
type series struct {
	values []string // of the labels
	read   func(*Sample) uint64
	field  func(*scoreboard.Row) uint64
	cell   int
}

// one is a metric without labels.
func one(read func(*Sample) uint64) []series { return []series{{read: read}} }

// field is one that the scoreboard knows already.
func field(f func(*scoreboard.Row) uint64) []series { return []series{{field: f}} }

// by is a series of a metric with labels.
func by(read func(*Sample) uint64, values ...string) series {
	return series{read: read, values: values}
}

func plural(n int, f func(i int) series) []series {
	out := make([]series, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

// table is every metric of a worker. The cells are dealt out in its order, which
// is the same in all processes of one binary.
var table = build(clientMetrics(), trafficMetrics(), relayMetrics(), trouble(), loopMetrics(), busMetrics(), rosterMetrics(), tokenMetrics(), backendMetrics(), commandMetrics(), apiMetrics(), processMetrics())

// joined is the cell that says whether the worker's bus is connected.
var joined = named("bus_joined").series[0].cell

func build(parts ...[]metric) (all []metric) {
	counters, gauges := 0, 0
	for _, part := range parts {
		all = append(all, part...)
	}
	for i := range all {
		m := &all[i]
		if m.scale == 0 {
			m.scale = 1
		}
		next := &counters
		if m.kind == gauge {
			next = &gauges
		}
		for j := range m.series {
			if m.series[j].field == nil {
				m.series[j].cell = *next
				*next++
			}
		}
	}
	if counters > scoreboard.Counters || gauges > scoreboard.Gauges {
		panic(fmt.Sprintf("metrics: %d counters and %d gauges do not fit into a row", counters, gauges))
	}
	return all
}

func named(name string) *metric {
	for i := range table {
		if table[i].name == name {
			return &table[i]
		}
	}
	panic("metrics: no " + name)
}

// of is what the row says of a series.
func (s *series) of(k kind, r *scoreboard.Row) uint64 {
	switch {
	case s.field != nil:
		return s.field(r)
	case k == gauge:
		return r.Gauges[s.cell].Load()
	}
	return r.Counters[s.cell].Load()
}

// unsigned is a gauge that cannot be below zero, but for a moment.
func unsigned[T int | int64](n T) uint64 { return uint64(max(n, 0)) }

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

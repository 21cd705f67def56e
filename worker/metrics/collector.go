package metrics

import (
	"runtime"
	"slices"
	"strconv"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/prometheus/client_golang/prometheus"
)

// collector is a board as Prometheus's library takes it.
type collector struct {
	board  *scoreboard.Board
	labels []string // the slots' numbers
	total  []*prometheus.Desc
	slot   []*prometheus.Desc
	roles  []metric
	role   []*prometheus.Desc
	master []metric
	own    []*prometheus.Desc
	broker []metric
	bus    []*prometheus.Desc
	fixed  []prometheus.Metric
}

func newCollector(board *scoreboard.Board, version string) *collector {
	c := &collector{board: board, roles: roles(), master: masterMetrics(), broker: brokerMetrics()}
	for i := range board.Slots() {
		c.labels = append(c.labels, strconv.Itoa(i))
	}
	for _, m := range table {
		c.total = append(c.total, prometheus.NewDesc(totalPrefix+m.name, m.help, m.labels, nil))
		c.slot = append(c.slot, prometheus.NewDesc(slotPrefix+m.name, m.help+" By slot.", append([]string{"slot"}, m.labels...), nil))
	}
	for _, m := range c.roles {
		c.role = append(c.role, prometheus.NewDesc(totalPrefix+m.name, m.help, []string{"role"}, nil))
	}
	for _, m := range c.master {
		c.own = append(c.own, prometheus.NewDesc(totalPrefix+m.name, m.help, nil, nil))
	}
	for _, m := range c.broker {
		c.bus = append(c.bus, prometheus.NewDesc(totalPrefix+m.name, m.help, nil, nil))
	}
	slots := prometheus.NewDesc(totalPrefix+slotsMetric.name, slotsMetric.help, nil, nil)
	build := prometheus.NewDesc(totalPrefix+buildMetric.name, buildMetric.help, buildMetric.labels, nil)
	c.fixed = []prometheus.Metric{
		prometheus.MustNewConstMetric(slots, prometheus.GaugeValue, float64(board.Slots())),
		prometheus.MustNewConstMetric(build, prometheus.GaugeValue, 1, version, runtime.Version()),
	}
	return c
}

// What is true as long as the server runs.
var (
	slotsMetric = metric{kind: gauge, name: "slots", help: "Workers that there are to be."}
	buildMetric = metric{kind: gauge, name: "build_info", help: "Always 1; the labels tell the version and the Go that built it.", labels: []string{"version", "goversion"}}
)

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range slices.Concat(c.total, c.slot, c.role, c.own, c.bus) {
		out <- d
	}
	for _, m := range c.fixed {
		out <- m.Desc()
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	for _, m := range c.fixed {
		out <- m
	}
	for i := range table {
		c.collect(&table[i], c.total[i], c.slot[i], out)
	}
	for i := range c.roles {
		c.send(&c.roles[i], c.role[i], c.board.Master(), out, "master")
		if c.board.Broker().Life.Load() != 0 { // or the bus is the user's
			c.send(&c.roles[i], c.role[i], c.board.Broker(), out, "broker")
		}
	}
	for i := range c.master {
		c.send(&c.master[i], c.own[i], c.board.Master(), out)
	}
	for i := range c.broker {
		if c.board.Broker().Life.Load() != 0 {
			c.send(&c.broker[i], c.bus[i], c.board.Broker(), out)
		}
	}
}

// send gives a metric of one series.
func (c *collector) send(m *metric, d *prometheus.Desc, r *scoreboard.Row, out chan<- prometheus.Metric, labels ...string) {
	out <- prometheus.MustNewConstMetric(d, m.kind.prometheus(), float64(m.series[0].of(m.kind, r))*m.scale, labels...)
}

func (k kind) prometheus() prometheus.ValueType {
	if k == gauge {
		return prometheus.GaugeValue
	}
	return prometheus.CounterValue
}

// collect gives a metric of the table by slot, and then their sum.
func (c *collector) collect(m *metric, total, slot *prometheus.Desc, out chan<- prometheus.Metric) {
	sums := make([]uint64, len(m.series))
	values := make([]uint64, len(m.series))
	for i, label := range c.labels {
		row := c.board.Slot(i)
		for j := range m.series {
			values[j] = m.series[j].of(m.kind, row)
			sums[j] += values[j]
		}
		m.emit(slot, values, out, label)
	}
	m.emit(total, sums, out)
}

func (m *metric) emit(d *prometheus.Desc, values []uint64, out chan<- prometheus.Metric, labels ...string) {
	if m.kind == histogram {
		out <- m.distribution(d, values, labels)
		return
	}
	for j := range m.series {
		all := append(slices.Clip(labels), m.series[j].values...)
		out <- prometheus.MustNewConstMetric(d, m.kind.prometheus(), float64(values[j])*m.scale, all...)
	}
}

// distribution makes a histogram: its buckets count what is in those before too.
func (m *metric) distribution(d *prometheus.Desc, values []uint64, labels []string) prometheus.Metric {
	n := len(m.bounds)
	buckets, count := make(map[float64]uint64, n), uint64(0)
	for i, v := range values[:n+1] {
		if count += v; i < n {
			buckets[m.bounds[i]] = count
		}
	}
	return prometheus.MustNewConstHistogram(d, count, float64(values[n+1])*m.scale, buckets, labels...)
}

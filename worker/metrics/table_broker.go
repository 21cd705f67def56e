package metrics

import "github.com/ioserver/ioserver/fdpass/scoreboard"

// brokerMetrics are the embedded bus server's own.
func brokerMetrics() []metric {
	return []metric{
		{kind: gauge, name: "broker_routes", scale: 1, help: "Bus servers of other machines that the embedded one is connected to.",
			series: field(func(r *scoreboard.Row) uint64 { return r.Gauges[scoreboard.Routes].Load() })},
		{kind: counter, name: "broker_peers_refused_total", scale: 1, help: "Connections of other bus servers that the embedded one refused: of another cluster, or with another secret.",
			series: field(func(r *scoreboard.Row) uint64 { return r.Counters[scoreboard.PeersRefused].Load() })},
	}
}

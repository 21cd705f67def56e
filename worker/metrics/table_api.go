package metrics

import (
	"strconv"

	"github.com/ioserver/ioserver/worker/api"
)

// apiMetrics tell of the HTTP API itself.
func apiMetrics() []metric {
	return []metric{
		{kind: gauge, name: "api_connections", help: "Connections of the HTTP API.",
			series: one(func(s *Sample) uint64 { return unsigned(s.API.Connections) })},
		{kind: gauge, name: "api_requests_active", help: "Requests of the HTTP API at work.",
			series: one(func(s *Sample) uint64 { return unsigned(s.API.AtWork) })},
		{kind: gauge, name: "api_tails", help: "Who reads from the HTTP API what clients do.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Tail.Viewers) })},
		{kind: counter, name: "api_requests_total", help: "Requests of the HTTP API, by the status that was answered.", labels: []string{"code"},
			series: plural(len(api.Statuses), func(i int) series {
				return by(func(s *Sample) uint64 { return s.API.Answers[i] }, strconv.Itoa(api.Statuses[i]))
			})},
	}
}

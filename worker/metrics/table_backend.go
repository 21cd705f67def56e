package metrics

import "github.com/ioserver/ioserver/worker/backend"

// backendMetrics tell of the application outside.
func backendMetrics() []metric {
	var ends []series
	for k, kind := range backend.Kinds {
		for o, outcome := range backend.Outcomes {
			ends = append(ends, by(func(s *Sample) uint64 { return s.Backend.Calls[k][o] }, kind.String(), outcome))
		}
	}
	bounds := make([]float64, len(backend.Bounds))
	for i, b := range backend.Bounds {
		bounds[i] = b.Seconds()
	}
	took := plural(len(bounds)+1, func(i int) series {
		return series{read: func(s *Sample) uint64 { return s.Backend.Took[i] }}
	})
	took = append(took, series{read: func(s *Sample) uint64 { return uint64(s.Backend.Total) }})
	return []metric{
		{kind: counter, name: "backend_calls_total", help: "What the application outside was asked and told, by how that ended.", labels: []string{"call", "outcome"},
			series: ends},
		{kind: histogram, name: "backend_seconds", help: "How long the application outside took to answer.",
			scale: nanoseconds, bounds: bounds, series: took},
		{kind: gauge, name: "backend_calls_active", help: "Calls to the application outside that are under way.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Backend.InFlight) })},
		{kind: gauge, name: "backend_calls_waiting", help: "Calls to the application outside that wait for a place.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Backend.Waiting) })},
		{kind: gauge, name: "backend_farewells_waiting", help: "Disconnects that wait for an application to be there.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Backend.Farewells) })},
		{kind: counter, name: "backend_farewells_lost_total", help: "Disconnects that no application was there to hear in time, or that there was no room for.",
			series: one(func(s *Sample) uint64 { return s.Backend.FarewellsLost })},
		{kind: gauge, name: "witness_owed", help: "Disconnects that the application outside would be owed if this worker died.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Witness.Owed) })},
		{kind: gauge, name: "witness_kept", help: "Disconnects that this worker would tell the application outside if others died.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Witness.Kept) })},
		{kind: gauge, name: "witness_left", help: "Earlier workers of the slot that died, and of whose sockets it is not clear yet who tells the application outside.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Witness.Left) })},
		{kind: counter, name: "witness_farewells_total", help: "Disconnects of sockets of workers that died, by what became of them: told, lost, or told of sockets of this worker that was not dead.", labels: []string{"end"},
			series: []series{
				by(func(s *Sample) uint64 { return s.Witness.Told }, "told"),
				by(func(s *Sample) uint64 { return s.Witness.Lost }, "lost"),
				by(func(s *Sample) uint64 { return s.Witness.Disowned }, "disowned"),
			}},
		{kind: counter, name: "witness_errors_total", help: "What witnesses could not take: it was too long or too much, or did not parse.", labels: []string{"reason"},
			series: []series{
				by(func(s *Sample) uint64 { return s.Witness.Overflows }, "overflow"),
				by(func(s *Sample) uint64 { return s.Witness.Malformed }, "malformed"),
			}},
	}
}

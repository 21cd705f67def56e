package metrics

// rosterMetrics tell who else is there.
func rosterMetrics() []metric {
	return []metric{
		{kind: gauge, name: "roster_members", help: "Other workers of the cluster, on this machine and others, that are known to be there.",
			series: one(func(s *Sample) uint64 { return unsigned(s.Roster.Members) })},
		{kind: counter, name: "roster_errors_total", help: "What workers of the cluster said of themselves and was not taken, by why: it did not parse, was of a worker that had ended, or of one too many.",
			labels: []string{"reason"},
			series: []series{
				by(func(s *Sample) uint64 { return s.Roster.Malformed }, "malformed"),
				by(func(s *Sample) uint64 { return s.Roster.Stale }, "stale"),
				by(func(s *Sample) uint64 { return s.Roster.Overflows }, "overflow"),
			}},
	}
}

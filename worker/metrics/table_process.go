package metrics

import "github.com/ioserver/ioserver/fdpass/scoreboard"

// processMetrics tell what the system knows of the workers.
func processMetrics() []metric {
	return append([]metric{
		{kind: gauge, name: "serving", help: "Whether the slot's worker serves: 1 or 0; the total is how many do.",
			series: field(func(r *scoreboard.Row) uint64 { return truth(scoreboard.State(r.State.Load()) == scoreboard.Serving) })},
		{kind: counter, name: "connections_spilled_total", help: "Connections of the worker's addresses that were given to other workers, because this one had too many.",
			series: field(func(r *scoreboard.Row) uint64 { return r.Spilled.Load() })},
	}, measured()...)
}

// measured is what is told of each process, whatever its role.
func measured() []metric {
	return []metric{
		{kind: counter, name: "respawns_total", help: "Times that a process died and was replaced.",
			series: field(func(r *scoreboard.Row) uint64 { return r.Respawns.Load() })},
		{kind: gauge, name: "memory_bytes", help: "Resident memory.",
			series: field(func(r *scoreboard.Row) uint64 { return r.Memory.Load() })},
		{kind: counter, name: "cpu_seconds_total", help: "Processor time, of the system too.", scale: nanoseconds,
			series: field(func(r *scoreboard.Row) uint64 { return r.CPU.Load() })},
		{kind: gauge, name: "descriptors", help: "Open descriptors.",
			series: field(func(r *scoreboard.Row) uint64 { return r.Descriptors.Load() })},
		{kind: gauge, name: "descriptors_limit", help: "Descriptors that may be open.",
			series: field(func(r *scoreboard.Row) uint64 { return r.DescriptorLimit.Load() })},
	}
}

// roles is measured of the processes that serve no clients. The names begin with
// another word, for these are no part of the workers' totals.
func roles() []metric {
	all := measured()
	for i := range all {
		all[i].name = "process_" + all[i].name
		all[i].help += " Of the master, and of the broker where it is embedded."
		if all[i].scale == 0 {
			all[i].scale = 1
		}
	}
	return all
}

// masterMetrics are the master's own.
func masterMetrics() []metric {
	all := make([]metric, 0, scoreboard.MasterCounters)
	for cell, m := range [scoreboard.MasterCounters]struct{ name, help string }{
		scoreboard.Accepted:       {"connections_accepted", "Connections accepted."},
		scoreboard.Passed:         {"connections_passed", "Connections passed to a worker."},
		scoreboard.Waited:         {"connections_waited", "Connections that had to wait for room in their worker's inbox."},
		scoreboard.Refused:        {"connections_refused", "Connections answered with 503."},
		scoreboard.AcceptPauses:   {"accept_pauses", "Times that accepting paused: descriptors or memory were exhausted."},
		scoreboard.Discarded:      {"relays_discarded", "Pieces of relayed requests that died with a slot which stayed down."},
		scoreboard.Stalls:         {"stalls", "Times that a worker was found not to turn."},
		scoreboard.StallKills:     {"stall_kills", "Workers killed because they did not turn."},
		scoreboard.NodeChanges:    {"node_changes", "Times that another machine had this one's number in the cluster, and this one took another."},
		scoreboard.RefusedFull:    {"connections_refused_full", "Connections answered with 503 because every worker had as many as it may (--max-connections)."},
		scoreboard.RefusedSite:    {"connections_refused_address", "Connections answered with 503 because their address had as many as it may (--max-connections-per-address)."},
		scoreboard.RefusedRate:    {"connections_refused_rate", "Connections answered with 503 because too many, or for too long, waited to be let in (--accept-rate)."},
		scoreboard.Delayed:        {"connections_delayed", "Connections that had to wait to be let in (--accept-rate)."},
		scoreboard.Left:           {"connections_left", "Connections whose clients had gone before they were let in."},
		scoreboard.PeekOverflows:  {"peek_overflows", "Connections answered with 503 because too many were being looked at for their clients' addresses."},
		scoreboard.PeekTimeouts:   {"peek_timeouts", "Connections of trusted proxies that did not bring in time what was to be looked at."},
		scoreboard.PeekDropped:    {"peek_drops", "Connections of trusted proxies that ended before that."},
		scoreboard.PeekTurns:      {"peek_turns", "Times that the master woke to look at connections for their clients' addresses."},
		scoreboard.ProxyMalformed: {"proxy_headers_malformed", "Connections closed because of a PROXY header that does not parse."},
	} {
		all = append(all, metric{kind: counter, name: "master_" + m.name + "_total", help: m.help + " Of the master.", scale: 1,
			series: []series{{field: func(r *scoreboard.Row) uint64 { return r.Counters[cell].Load() }}}})
	}
	for cell, m := range [scoreboard.MasterGauges]struct{ name, help string }{
		scoreboard.Peeking: {"peeking", "Connections that are being looked at for their clients' addresses."},
	} {
		all = append(all, metric{kind: gauge, name: "master_" + m.name, help: m.help + " Of the master.", scale: 1,
			series: []series{{field: func(r *scoreboard.Row) uint64 { return r.Gauges[cell].Load() }}}})
	}
	return all
}

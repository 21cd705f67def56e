package main

import (
	"fmt"

	"github.com/ioserver/ioserver/bench/report"
)

// measured says what was done, in paragraphs.
func (r *results) measured() []string {
	median := ""
	if r.Repeat > 1 {
		median = fmt.Sprintf(", and figures are the median of %d runs", r.Repeat)
	}
	all := []string{
		"Each server is started afresh for each number of clients, and loaded by ioserver bench. All clients connect by WebSocket; are idle; ask for " +
			"acknowledgements (echo), 64 in flight, as fast as they come; and hear broadcasts to all, each begun by a POST when the one before has " +
			"reached everybody. As many clients then do the same as echo by long-polling. At last echo once more, at " + report.Rate(r.Rate) +
			" a second by a timetable, whether answers come or not: its latency counts from when each was due. A payload has 64 bytes, a scenario takes " +
			r.Duration + " after the warm-up" + median + ". CPU and memory are those of all the server's processes together, memory as proportional set size (PSS).",
		"ioserver × N is bin/ioserver with N workers and its demo, whose chat and presence come along; its master and its broker are two processes more.",
	}
	if r.Machine.Node != "" {
		all = append(all, "Node.js is scripts/bench/node/app.mjs, which has only the event and the POST: one process, and × N as a cluster with @socket.io/sticky "+
			"(round-robin) and @socket.io/cluster-adapter, whose primary is one process more. There are no native add-ons for ws. Neither server compresses WebSocket messages.")
	}
	return all
}

// caveats say what the figures are not.
func (r *results) caveats() []string {
	all := []string{
		"The load runs on the same machine and takes its part of the same cores. What is done in a second is what server and load can do together; CPU by operation depends on that least.",
		"All goes over loopback: there is no network, nothing is lost on the way, and there is no TLS.",
		"Compare what stands on this page by its ratio. Other machines have other figures, and whatever else a machine does makes latencies worse.",
		"More workers than cores wait for each other. They are here to show what that costs.",
		"What heartbeats cost is not in here: they come every 25 s, and the clients are idle for less.",
		"The system counts CPU in 10 ms by process, which is coarse where a scenario has few operations.",
	}
	if r.Repeat == 1 {
		all = append(all, "Each figure is of one run; scripts/bench.sh --repeat 3 has the median of three.")
	}
	if r.Machine.Node != "" {
		all = append(all, "Long-polling clients may be refused with status 400 by the cluster of Node.js: its primary hears which worker has a session "+
			"a moment after the client does, and gives a request that comes sooner to another worker. Such clients count as lost.")
	}
	return all
}

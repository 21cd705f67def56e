package main

import (
	"fmt"
	"io"
)

// row is something to measure.
type row struct {
	name  string
	what  string
	quick bool
	run   func(*bench) error
}

// rows returns all of them.
func rows() []row {
	return []row{
		{"start", "time until eight workers are ready", true, start},
		{"base", "memory of all processes before any client, eight workers", true, base},
		{"lone", "acknowledgement with one request under way, beyond the floor's", true, lone},
		{"unicast", "message to one client over the HTTP API: eight workers beside two", true, unicast},
		{"backend", "acknowledgement by an application over NATS and by webhook, beside a handler in Go", true, backend},
		{"polling", "long-polling request, POST and GET, beside Node.js", true, polling},
		{"relayed", "long-polling request that reaches another worker, beside a direct one", true, relayed},
		{"across", "long-polling request that another machine passes on, beside one that another worker does and a direct one", true, across},
		{"tunnel", "acknowledgement over a WebSocket that another machine carries, beside a direct one", true, tunnel},
		{"nodes", "message to one client over the HTTP API: three machines beside one", true, nodes},
		{"cross", "broadcast to another worker's client, beyond the same worker's", true, cross},
		{"slow", "acknowledgements while 1% of the handlers sleep 50 ms", true, slow},
		{"deaf", "a client that reads nothing among 1,000 that do", true, deaf},
		{"forged", "10,000 forged session ids a second", true, forged},
		{"memberships", "1,000,000 room memberships of 10,000 sockets, eight workers", false, memberships},
		{"waiting", "memory of long-polling clients that wait", false, waiting},
		{"idle", "64,000 idle clients on eight workers", false, idle},
	}
}

func list(w io.Writer) {
	for _, r := range rows() {
		fmt.Fprintf(w, "%-12s %s\n", r.name, r.what)
	}
}

// choose returns the rows that are named.
func choose(names []string) (chosen []row, err error) {
	for _, name := range names {
		known := false
		for _, r := range rows() {
			if r.name == name || name == "all" || name == "quick" && r.quick {
				chosen = append(chosen, r)
				known = true
			}
		}
		if !known {
			return nil, fmt.Errorf("no row %q", name)
		}
	}
	return chosen, nil
}

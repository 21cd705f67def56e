package cluster

import (
	"github.com/ioserver/ioserver/e2e/await"
	"strconv"
	"testing"
)

// TestSpilledSessionsPollAnywhere has one address open more sessions than a
// worker keeps for it, and make each request on a connection of its own: those
// that come to another worker than their session's are answered all the same.
func TestSpilledSessionsPollAnywhere(t *testing.T) {
	t.Parallel()
	const sessions, slots = 700, 2
	n, metric := limited(t, slots)
	v := visitor{from: "127.0.0.1"}
	alone := func(method, query, body string) string {
		c := v.client(t, n)
		defer c.CloseIdleConnections()
		answer, err := v.request(c, n, method, query, body)
		if err != nil {
			t.Error(err)
		}
		return answer
	}
	queries := make([]string, sessions)
	atOnce(sessions, 8, func(i int) {
		if id := sidPattern.FindStringSubmatch(alone("GET", "", "")); id != nil {
			queries[i] = "&sid=" + id[1]
		} else {
			t.Errorf("session %d is not opened", i)
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	var homes [slots][sessions]bool
	atOnce(sessions, 8, func(i int) {
		for _, step := range []struct{ send, want string }{{"40", "40"}, {`422["whoami"]`, "432"}} {
			if alone("POST", queries[i], step.send) != "ok" {
				t.Errorf("session %d does not take %s", i, step.send)
			}
			heard := alone("GET", queries[i], "")
			var s seen
			if err := s.learn(heard, step.want); err != nil {
				t.Errorf("session %d: %v", i, err)
			}
			homes[s.Slot][i] = true
		}
	})
	if spilled := metric("ioserver_connections_spilled_total"); spilled == 0 {
		t.Error("nothing spilled")
	}
	awaitAtLeast(t, metric, `ioserver_relays_asked_total{to="machine"}`, 100)
	for slot := range homes {
		held := 0
		for _, at := range homes[slot] {
			if at {
				held++
			}
		}
		if held == 0 {
			t.Errorf("no session is at home in slot %d", slot)
		}
	}
}

// awaitAtLeast waits until workers have written so much of what they counted.
func awaitAtLeast(t *testing.T, metric func(string) int, name string, least int) {
	t.Helper()
	await.Eventually(t, patience, name, func() (bool, string) { got := metric(name); return got >= least, strconv.Itoa(got) })
}

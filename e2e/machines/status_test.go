package machines

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/await"
)

// status is what the tests look at of GET /api/status.
type status struct {
	Nodes []struct {
		ID    uint16
		Slots []struct {
			State    string
			Server   string
			Sessions struct{ Polling, WebSocket int }
		}
	}
}

func (h *host) status() (s status, err error) {
	b, err := h.ask("/api/status")
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(b, &s)
}

// metric is the sum of a metric of all workers of the host, and of those with all
// of these labels, if any are given.
func (h *host) metric(name string, labels ...string) (sum int) {
	h.t.Helper()
	b, err := h.ask("/metrics")
	if err != nil {
		h.t.Fatal(err)
	}
	found := false
line:
	for line := range strings.Lines(string(b)) {
		series, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if before, _, _ := strings.Cut(series, "{"); before != name {
			continue
		}
		found = true
		for _, l := range labels {
			if !strings.Contains(series, l) {
				continue line
			}
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			h.t.Fatalf("%s: %v", line, err)
		}
		sum += int(n)
	}
	if !found {
		h.t.Fatalf("%s has no metric %s", h.Name, name)
	}
	return sum
}

// serving counts the workers that serve.
func (s status) serving() (n int) {
	for _, node := range s.Nodes {
		for _, slot := range node.Slots {
			if slot.State == "serving" {
				n++
			}
		}
	}
	return n
}

// servers counts the NATS servers that workers are connected to.
func (s status) servers() int {
	all := make(map[string]bool)
	for _, node := range s.Nodes {
		for _, slot := range node.Slots {
			all[slot.Server] = true
		}
	}
	delete(all, "")
	return len(all)
}

// sessions counts those of all nodes.
func (s status) sessions() (n int) {
	for _, node := range s.Nodes {
		for _, slot := range node.Slots {
			n += slot.Sessions.Polling + slot.Sessions.WebSocket
		}
	}
	return n
}

// together waits until each of the hosts knows all of them, all of their
// workers serve, and nobody else is there.
func together(t *testing.T, hosts ...*host) {
	t.Helper()
	for _, h := range hosts {
		h.awaitStatus(fmt.Sprintf("%d nodes are there", len(hosts)), func(s status) bool {
			return len(s.Nodes) == len(hosts) && s.serving() == workers*len(hosts)
		})
	}
}

// awaitStatus waits until the host sees the cluster so.
func (h *host) awaitStatus(what string, ok func(status) bool) {
	h.t.Helper()
	await.Eventually(h.t, patience, h.Name+" says: "+what, func() (bool, string) {
		s, err := h.status()
		return err == nil && ok(s), fmt.Sprintf("%+v %v", s, err)
	})
}

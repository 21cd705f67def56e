package proxies

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/await"
)

// metrics are a node's, by name with labels.
func (m *member) metrics(t *testing.T) map[string]float64 {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", m.api)
	}}
	answer, err := (&http.Client{Transport: transport, Timeout: patience}).Get("http://node/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("metrics of the node at %s: %s, %v", m.port, answer.Status, err)
	}
	values := make(map[string]float64)
	m.last = ""
	for line := range strings.Lines(string(text)) {
		at := strings.LastIndexByte(strings.TrimSpace(line), ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		if v, err := strconv.ParseFloat(strings.TrimSpace(line[at:]), 64); err == nil {
			values[line[:at]] = v
			if v != 0 && !strings.Contains(line, "slot") {
				m.last += line
			}
		}
	}
	return values
}

// sum adds a metric up over its labels.
func (m *member) sum(t *testing.T, name string) (sum int) {
	t.Helper()
	for key, v := range m.metrics(t) {
		if key == name || strings.HasPrefix(key, name+"{") {
			sum += int(v)
		}
	}
	return sum
}

// told waits until each worker has told of what was until now. They tell once a
// second: who tells more of these questions than it did before has told since.
func told(t *testing.T, members []*member) {
	t.Helper()
	const asked = "ioserver_slot_api_requests_total"
	for _, m := range members {
		before := m.slots(t, asked)
		await.Eventually(t, patience, "each worker tells what it has counted", func() (bool, string) {
			now := m.slots(t, asked)
			for slot := range workers {
				if now[slot] <= before[slot] {
					return false, fmt.Sprintf("slot %d of the node at %s as before", slot, m.port)
				}
			}
			return true, ""
		})
	}
}

// slots adds a metric up by slot.
func (m *member) slots(t *testing.T, name string) (sums [workers]float64) {
	t.Helper()
	for key, v := range m.metrics(t) {
		for slot := range sums {
			if strings.HasPrefix(key, name+"{") && strings.Contains(key, fmt.Sprintf(`slot="%d"`, slot)) {
				sums[slot] += v
			}
		}
	}
	return sums
}

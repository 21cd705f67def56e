package proxies

import (
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
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
	for line := range strings.Lines(string(text)) {
		at := strings.LastIndexByte(strings.TrimSpace(line), ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		if v, err := strconv.ParseFloat(strings.TrimSpace(line[at:]), 64); err == nil {
			values[line[:at]] = v
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

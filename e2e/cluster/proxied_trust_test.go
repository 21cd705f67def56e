package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
)

// TestTrustedProxiesAreReloaded gives trust, and takes it away, while the server
// runs.
func TestTrustedProxiesAreReloaded(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "ioserver.yaml")
	write := func(s string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("trusted-proxy: 10.0.0.0/8\n")
	n := serve(t, "--config="+config)
	const header, client = "X-Forwarded-For", "192.0.2.1"
	for round, trusted := range []string{"", proxyAt, "0.0.0.0/0", ""} {
		want := client
		if trusted == "" {
			want = proxyAt
		}
		if round > 0 {
			write("trusted-proxy: [" + trusted + "]\n")
			if err := n.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			for slot := range workers {
				if _, err := n.Await(patience, after(round, func(l node.Line) bool {
					return l.Says("configuration reloaded") && l.Fields["changed"] == nil && l.Int("slot") == slot
				})); err != nil {
					t.Fatal(err)
				}
			}
		}
		if s := by(proxyAt, header, client).once(t, n); s.Address != want {
			t.Errorf("%q is trusted: %+v", trusted, s)
		}
	}
	loud := n.Lines(func(l node.Line) bool { return strings.Contains(l.Text, "--trusted-proxy=0.0.0.0/0") })
	if len(loud) != 1 {
		t.Errorf("warned %d times", len(loud))
	}
}

// after matches the n-th line only.
func after(n int, match func(node.Line) bool) func(node.Line) bool {
	return func(l node.Line) bool {
		if match(l) {
			n--
		}
		return n <= 0 && match(l)
	}
}

// TestForwardedThroughTheWrongWorker has a session's poll and upgrade reach other
// workers than its own: its address is the one of its handshake, and the
// connection that is handed over is still the proxy's.
func TestForwardedThroughTheWrongWorker(t *testing.T) {
	t.Parallel()
	n, metric := limited(t, workers, append(never, "--balance=round-robin", "--trusted-proxy="+proxyAt)...)
	for i := range 4 * workers {
		client := fmt.Sprintf("192.0.2.%d", i)
		v := by(proxyAt, "X-Forwarded-For", client)
		alone := func(method, query, body string) string { // each on a connection of its own, to another worker
			c := v.client(t, n)
			defer c.CloseIdleConnections()
			answer, err := v.request(c, n, method, query, body)
			if err != nil {
				t.Fatal(err)
			}
			return answer
		}
		query := "&sid=" + sidPattern.FindStringSubmatch(alone("GET", "", ""))[1]
		alone("POST", query, "40")
		if joined := alone("GET", query, ""); !strings.HasPrefix(joined, "40") {
			t.Fatal(joined)
		}
		var s seen
		for _, packet := range v.upgrade(t, n, query, "2probe", "5", `421["info"]`) {
			if strings.HasPrefix(packet, "431") {
				if err := s.learn(packet, "431"); err != nil {
					t.Error(err)
				}
			}
		}
		if s.Address != client {
			t.Errorf("%s is %+v", client, s)
		}
	}
	for deadline := time.Now().Add(patience); metric("ioserver_handovers_total") == 0; {
		if time.Now().After(deadline) {
			t.Fatal("nothing was handed over")
		}
	}
	if ignored := metric("ioserver_forwarded_ignored_total"); ignored != 0 {
		t.Errorf("%d ignored", ignored)
	}
}

package cluster

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
)

// TestLimitsAreLoweredAndLifted has SIGHUP lower each limit, and take it away;
// who waits in line then is let in at once.
func TestLimitsAreLoweredAndLifted(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "ioserver.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("max-connections: 100\n")
	n, metric := limited(t, 1, "--config="+config)
	round := 0
	reload := func(text string) {
		t.Helper()
		write(text)
		round++
		if err := n.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Await(patience, after(round, func(l node.Line) bool {
			return l.Says("configuration reloaded") && l.Fields["slot"] != nil // the worker's: it hears after the master's limits are set
		})); err != nil {
			t.Fatal(err)
		}
	}
	knock := func(want int, when string) {
		t.Helper()
		if _, status := call(t, n, "127.0.0.1", opening); status != want {
			t.Errorf("%s: %d, want %d", when, status, want)
		}
	}
	knock(200, "below the limit")
	knock(200, "below the limit")
	reload("max-connections: 2\n")
	knock(503, "lowered to what there is")
	reload("max-connections: 1\n")
	knock(503, "lowered to less than there is")
	reload("max-connections: 3\n")
	knock(200, "raised")
	reload("log-level: info\n")
	knock(200, "lifted")
	reload("max-connections-per-address: 3\n")
	knock(503, "begun, as the other was there at the start")
	reload("max-connections-per-address: 0\n")
	knock(200, "lifted")
	if got := metric("ioserver_master_connections_refused_full_total"); got != 2 {
		t.Errorf("%d refused by a worker's limit", got)
	}
	if got := metric("ioserver_master_connections_refused_address_total"); got != 1 {
		t.Errorf("%d refused by an address's", got)
	}

	reload("accept-rate: 1\n")
	const waiting, gone = 200, 20
	conns := make([]net.Conn, waiting)
	for i := range conns {
		c, err := net.DialTimeout("tcp", n.Addr, patience)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, opening); err != nil {
			t.Fatal(err)
		}
		conns[i] = c
	}
	awaitAtLeast(t, metric, "ioserver_master_connections_delayed_total", waiting-5)
	for _, c := range conns[waiting-gone:] {
		c.Close()
	}
	reload("accept-rate: 0\n")
	for i, c := range conns[:waiting-gone] {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("connection %d of those in line: %+v, %v", i, res, err)
		}
	}
	awaitMetric(t, metric, "ioserver_master_connections_left_total", gone)
	if got := metric("ioserver_master_connections_refused_rate_total"); got != 0 {
		t.Errorf("%d refused by the rate", got)
	}
}

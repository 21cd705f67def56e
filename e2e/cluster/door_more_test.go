package cluster

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
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
	eventually(t, name, func() (bool, string) { got := metric(name); return got >= least, strconv.Itoa(got) })
}

// TestProxyOfAUnixSocket has a proxy on the same machine come over a Unix
// socket: its headers decide where it is trusted as such, and count as a
// stranger's where it is not.
func TestProxyOfAUnixSocket(t *testing.T) {
	t.Parallel()
	const client = "192.0.2.1"
	for _, c := range []struct {
		name, trusted, preamble, want string
		flags                         []string
	}{
		{"X-Forwarded-For", "unix", "", client, nil},
		{"X-Forwarded-For decides", "unix", "", client, []string{"--balance=header"}},
		{"PROXY, version 1", "unix", proxyV1(client), client, []string{"--proxy-protocol"}},
		{"PROXY, version 2", "unix", proxyV2("2001:db8::1"), "2001:db8::1", []string{"--proxy-protocol"}},
		{"a stranger", "127.0.0.0/8", "", "", nil},
	} {
		dir, err := os.MkdirTemp("", "door") // a socket's path has to be short
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		path := filepath.Join(dir, "clients")
		_, metric := limited(t, workers, append(c.flags, "--listen=127.0.0.1:0", "--listen=unix:"+path, "--trusted-proxy="+c.trusted)...)
		slots := make(map[int]bool)
		const visits = 2 * workers
		for range visits {
			conn, err := net.DialTimeout("unix", path, patience)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { conn.Close() })
			header := "X-Forwarded-For: 198.51.100.9, " + client + "\r\n"
			if c.preamble != "" {
				header = "X-Forwarded-For: 198.51.100.9\r\n" // a client's of a proxy that does not look
			}
			heard := converse(t, conn, c.preamble, header, "40", `421["info"]`, `422["whoami"]`)
			var s seen
			for i, packet := range heard[1:] {
				if err := s.learn(packet, []string{"40", "431", "432"}[i]); err != nil {
					t.Fatal(err)
				}
			}
			if s.Address != c.want {
				t.Errorf("%s: the client is %q", c.name, s.Address)
			}
			slots[s.Slot] = true
		}
		// Where the client is known at the door, it has one worker. Who has no address goes in turn.
		if known := len(c.flags) > 0; known != (len(slots) == 1) {
			t.Errorf("%s: in slots %v", c.name, slots)
		}
		want := 0
		if c.want == "" || c.preamble != "" { // a client behind PROXY is a stranger too
			want = visits
		}
		awaitMetric(t, metric, "ioserver_forwarded_ignored_total", want)
	}
}

// converse opens a WebSocket, and returns what is heard after each packet.
func converse(t *testing.T, c net.Conn, preamble, header string, packets ...string) []string {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, preamble+strings.TrimSuffix(fmt.Sprintf(socket, ""), "\r\n")+header+"\r\n"); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%+v, %v", res, err)
	}
	heard := []string{frame(t, r)}
	for _, packet := range packets {
		if _, err := c.Write(append([]byte{0x81, 0x80 | byte(len(packet)), 0, 0, 0, 0}, packet...)); err != nil {
			t.Fatal(err)
		}
		heard = append(heard, frame(t, r))
	}
	return heard
}

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

// TestLineLeavesDescriptors has more clients wait than a master with few
// descriptors could hold: its API answers, and a worker that dies is replaced.
func TestLineLeavesDescriptors(t *testing.T) {
	t.Parallel()
	const table, most = 256, 64
	dir, err := os.MkdirTemp("", "door")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	few, path := filepath.Join(dir, "few"), filepath.Join(dir, "api")
	if err := os.WriteFile(few, fmt.Appendf(nil, "#!/bin/sh\nulimit -n %d\nexec %s \"$@\"\n", table, program), 0o700); err != nil {
		t.Fatal(err)
	}
	n, err := node.Start(few, nil, "--workers=2", "--accept-rate=1", "--api-listen=unix:"+path)
	if err != nil {
		t.Fatal(err)
	}
	endAfter(t, n, n.Stop)
	conns := make([]net.Conn, 2*table)
	for i := range conns {
		c, err := net.DialTimeout("tcp", n.Addr, patience)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conns[i] = c
	}
	_ = conns[len(conns)-1].SetReadDeadline(time.Now().Add(patience))
	if b, err := io.ReadAll(conns[len(conns)-1]); err != nil || !bytes.HasPrefix(b, []byte("HTTP/1.1 503")) {
		t.Errorf("one too many: %q, %v", b, err)
	}
	c, err := net.DialTimeout("unix", path, patience)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, "GET /readyz HTTP/1.1\r\nHost: api\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "" {
		t.Errorf("the API while %d wait: %+v, %v", most, res, err)
	}
	if _, err := n.KillWorker(1, patience); err != nil {
		t.Errorf("while %d wait a worker is not replaced: %v", most, err)
	}
	if strings.Contains(n.Log(), "accepting pauses") {
		t.Error("accepting pauses")
	}
}

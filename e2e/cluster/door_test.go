package cluster

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// limited starts a node with workers and an API of its own, of which metric is asked.
func limited(t *testing.T, workers int, flags ...string) (n *node.Node, metric func(name string) int) {
	t.Helper()
	dir, err := os.MkdirTemp("", "door") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "api")
	n = serve(t, append([]string{fmt.Sprintf("--workers=%d", workers), "--api-listen=unix:" + path}, flags...)...)
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
	return n, func(name string) int {
		t.Helper()
		res, err := client.Get("http://api/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
				f, err := strconv.ParseFloat(value, 64)
				if err != nil {
					t.Fatal(err)
				}
				return int(f)
			}
		}
		t.Fatalf("there is no %s", name)
		return 0
	}
}

// TestOneAddressSpills brings 2,000 clients of all kinds from one address, as from behind a NAT, and others from addresses of their own. No
// worker holds more than 1.25 times the mean, everybody is served, and hears everybody.
func TestOneAddressSpills(t *testing.T) {
	t.Parallel()
	const crowded, others, slots, together = 2000, 100, 4, 16
	n, metric := limited(t, slots)
	kinds := crowd.Kinds()
	members := make([]*member, crowded+others)
	atOnce(len(members), together, func(i int) {
		from := "127.0.0.1"
		if i%(len(members)/others) == 0 {
			from = address(i)
		}
		ledger := crowd.NewLedger()
		c, err := crowd.Dial(within(t, patience), crowd.Options{Kind: kinds[i%len(kinds)], Server: n.Addr, From: from, Event: ledger.Event, Down: ledger.Down})
		if err != nil {
			t.Errorf("client %d: %v", i, err)
			return
		}
		t.Cleanup(c.Close)
		members[i] = &member{c, ledger, whereIs(t, c)}
	})
	if t.Failed() {
		t.FailNow()
	}
	held := make(map[int]int)
	for _, m := range members {
		held[m.Slot]++
	}
	// What comes at the same time is not in the workers' reports yet.
	bound := len(members)*125/100/slots + together
	for slot, n := range held {
		if n > bound {
			t.Errorf("slot %d holds %d sessions, want at most %d: %v", slot, n, bound, held)
		}
	}
	if len(held) != slots {
		t.Errorf("sessions in slots %v", held)
	}
	spilled := metric("ioserver_connections_spilled_total")
	if spilled == 0 {
		t.Error("nothing spilled")
	}
	if err := crowd.Say(within(t, patience), members[0].Client, "spilled", 1); err != nil {
		t.Fatal(err)
	}
	late := within(t, patience).Done()
	for _, m := range members {
		if !m.Heard(late, "spilled", 1) {
			t.Errorf("%v %s in slot %d does not hear", m.Kind(), m.From(), m.Slot)
		}
	}
	t.Logf("%v, %d connections spilled", held, spilled)
}

// caller is a bare client that holds one connection.
type caller struct {
	net.Conn
	in    *bufio.Reader
	sid   string
	ended atomic.Bool // the server has closed it
}

const (
	opening = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\n\r\n"
	socket  = "GET /socket.io/?EIO=4&transport=websocket%s HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

// call connects and asks; the status is what it is answered.
func call(t *testing.T, n *node.Node, from, head string) (c *caller, status int) {
	t.Helper()
	d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.Dial("tcp", n.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c = &caller{Conn: conn, in: bufio.NewReader(conn)}
	return c, c.ask(t, head)
}

func (c *caller) ask(t *testing.T, head string) (status int) {
	t.Helper()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, head); err != nil {
		t.Fatal(err)
	}
	return c.answer(t)
}

// answer reads one, and takes the id of a session out of it.
func (c *caller) answer(t *testing.T) (status int) {
	t.Helper()
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return res.StatusCode
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if _, after, ok := strings.Cut(string(body), `"sid":"`); ok {
		c.sid, _, _ = strings.Cut(after, `"`)
	}
	if res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") != "1" {
		t.Errorf("503 with %v", res.Header)
	}
	return res.StatusCode
}

// linger reads until the server closes the connection.
func (c *caller) linger() {
	_ = c.SetDeadline(time.Time{})
	go func() {
		_, _ = io.Copy(io.Discard, c.in)
		c.ended.Store(true)
	}()
}

// admitted calls until it is let in: the server has to notice first what has ended.
func admitted(t *testing.T, n *node.Node, from string) *caller {
	t.Helper()
	var in *caller
	await.Eventually(t, patience, "let in", func() (bool, string) {
		c, status := call(t, n, from, opening)
		in = c
		return status == http.StatusOK, strconv.Itoa(status)
	})
	return in
}

// TestConnectionsPerAddress has exactly as many connections from one address as it may have, of all kinds and over all workers: between two
// polls, in a poll, WebSockets, upgrades that another worker takes over, and silent ones. Those that end make room, and so do those of
// a worker that is killed.
func TestConnectionsPerAddress(t *testing.T) {
	t.Parallel()
	const most, from = 20, "127.0.3.1"
	n, metric := limited(t, 4, "--balance=round-robin", "--max-connections-per-address="+strconv.Itoa(most))
	var all []*caller
	open := func(head string, want int) *caller {
		t.Helper()
		c, status := call(t, n, from, head)
		if status != want {
			t.Fatalf("connection %d: %d, want %d", len(all), status, want)
		}
		all = append(all, c)
		return c
	}
	for len(all) < 15 {
		poller := open(opening, 200)
		if _, err := fmt.Fprintf(open(opening, 200), "GET /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: h\r\n\r\n", all[len(all)-1].sid); err != nil {
			t.Fatal(err)
		}
		open(fmt.Sprintf(socket, ""), 101)
		open(fmt.Sprintf(socket, "&sid="+poller.sid), 101) // three of four are handed over
		if poller.ask(t, "GET /socket.io/nothing HTTP/1.1\r\nHost: h\r\n\r\n") != 400 {
			t.Error("a request without transport is served")
		}
	}
	for len(all) < most {
		d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		conn, err := d.Dial("tcp", n.Addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		all = append(all, &caller{Conn: conn, in: bufio.NewReader(conn)})
	}
	full := func(when string) {
		t.Helper()
		for range 3 {
			if _, status := call(t, n, from, opening); status != 503 {
				t.Errorf("%s: %d", when, status)
			}
		}
		if _, status := call(t, n, "127.0.3.2", opening); status != 200 {
			t.Errorf("another address, %s: %d", when, status)
		}
	}
	full("at the bound")
	for _, i := range []int{0, 1, 2, 3, most - 1} { // one of each kind
		all[i].Close()
		all[i] = admitted(t, n, from)
		full("after the end of one")
	}
	handed := metric("ioserver_upgrades_total")
	t.Logf("%d upgrades", handed)

	for _, c := range all {
		c.linger()
	}
	for _, slot := range []int{2, 0} {
		if _, err := n.KillWorker(slot, patience); err != nil {
			t.Fatal(err)
		}
		alive := func() (left int) {
			for _, c := range all {
				if !c.ended.Load() {
					left++
				}
			}
			return left
		}
		for {
			c, status := call(t, n, from, opening)
			if status == 503 {
				break
			}
			c.linger()
			all = append(all, c)
		}
		await.Eventually(t, patience, "as many as may be", func() (bool, string) { return alive() == most, strconv.Itoa(alive()) })
		full("after the death of a worker")
	}
	if refused := metric("ioserver_master_connections_refused_address_total"); refused < 8*3 {
		t.Errorf("%d refused", refused)
	}
}

// TestConnectionsPerWorker fills every worker; the rest is told to come again, and does when there is room.
func TestConnectionsPerWorker(t *testing.T) {
	t.Parallel()
	const slots, most = 3, 40
	n, metric := limited(t, slots, "--max-connections="+strconv.Itoa(most))
	held := make(map[int]int)
	var first *crowd.Client
	for i := range slots * most {
		c := dial(t, crowd.Options{Kind: websocket, Server: n.Addr, From: "127.0.0.1"})
		held[whereIs(t, c).Slot]++
		if i == 0 {
			first = c
		}
	}
	for slot := range slots {
		if held[slot] != most {
			t.Errorf("slot %d holds %d of %v", slot, held[slot], held)
		}
	}
	for _, from := range []string{"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"} {
		if _, status := call(t, n, from, opening); status != 503 {
			t.Errorf("%s: %d", from, status)
		}
	}
	if got := metric("ioserver_master_connections_refused_full_total"); got != 4 {
		t.Errorf("%d refused", got)
	}
	first.Close()
	admitted(t, n, "127.0.0.9")
}

// TestAcceptRate lets a storm of 2,000 clients in at 500 a second: all of them are served, none before its time.
func TestAcceptRate(t *testing.T) {
	t.Parallel()
	const storm, rate = 2000, 500
	n, metric := limited(t, 4, "--accept-rate="+strconv.Itoa(rate))
	began := time.Now()
	conns := make([]net.Conn, storm)
	for i := range conns {
		d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(address(i))}}
		c, err := d.Dial("tcp", n.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, opening); err != nil {
			t.Fatal(err)
		}
		conns[i] = c
	}
	came := time.Since(began)
	for i, c := range conns {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("client %d: %v, %v", i, res, err)
		}
	}
	took := time.Since(began)
	if least := time.Duration(storm-rate/10-1) * time.Second / rate; took < least {
		t.Errorf("all are in after %v, at the earliest %v", took, least)
	}
	if delayed := metric("ioserver_master_connections_delayed_total"); delayed == 0 || metric("ioserver_master_connections_refused_total") != 0 {
		t.Errorf("%d delayed, %d refused", delayed, metric("ioserver_master_connections_refused_total"))
	}
	t.Logf("%d clients came within %v and were served after %v", storm, came, took)
}

// TestAcceptRateBeyondTheBound has more clients wait than may: those beyond are told at once to come again, the others when they have waited
// long enough, and those that leave are forgotten.
func TestAcceptRateBeyondTheBound(t *testing.T) {
	t.Parallel()
	const line, beyond = 4096, 100 // master/limits.go
	n, metric := limited(t, 2, "--accept-rate=1")
	conns := make([]net.Conn, 0, line+2*beyond)
	for i := range cap(conns) {
		d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(address(i))}}
		c, err := d.Dial("tcp", n.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		conns = append(conns, c)
	}
	refused := func(c net.Conn) {
		t.Helper()
		_ = c.SetReadDeadline(time.Now().Add(patience))
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") != "1" {
			t.Errorf("%v, %v", res, err)
		}
	}
	for _, c := range conns[line+beyond:] {
		refused(c)
	}
	for _, c := range conns[line/4 : line/4+beyond] { // they wait for longer than they may
		refused(c)
	}
	if got := metric("ioserver_master_connections_refused_rate_total"); got < beyond {
		t.Errorf("%d refused", got)
	}
	if _, err := conns[0].Write([]byte(opening)); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	_ = conns[0].SetReadDeadline(time.Now().Add(patience))
	if res, err := http.ReadResponse(bufio.NewReader(conns[0]), nil); err != nil || res.StatusCode != http.StatusOK {
		t.Errorf("the first of all: %v, %v", res, err)
	}
}

// TestLimitsReload has SIGHUP raise a limit, and says what only a restart can set.
func TestLimitsReload(t *testing.T) {
	t.Parallel()
	config := filepath.Join(t.TempDir(), "ioserver.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	reload := func(n *node.Node, says string) {
		t.Helper()
		if err := n.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Await(patience, func(l node.Line) bool { return strings.Contains(l.Text, says) }); err != nil {
			t.Fatal(err)
		}
	}
	write("max-connections-per-address: 1\n")
	n := serve(t, "--workers=2", "--config="+config)
	statuses := func(want ...int) {
		t.Helper()
		for i, w := range want {
			if _, status := call(t, n, "127.0.0.1", opening); status != w {
				t.Errorf("connection %d: %d, want %d", i, status, w)
			}
		}
	}
	statuses(200, 503)
	write("max-connections-per-address: 3\naccept-rate: 100\n")
	reload(n, "max-connections-per-address, accept-rate")
	await.Eventually(t, patience, "raised", func() (bool, string) { // the log may be ahead of the master
		_, status := call(t, n, "127.0.0.1", opening)
		return status == 200, strconv.Itoa(status)
	})
	statuses(200, 503)

	write("log-level: debug\n")
	n = serve(t, "--workers=2", "--config="+config)
	write("log-level: debug\nmax-connections: 1\n")
	reload(n, "not limited before a restart")
	statuses(200, 200, 200)
}

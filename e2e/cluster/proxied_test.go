package cluster

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
)

// proxyAt is the address of a proxy that is trusted in these tests.
const proxyAt = "127.0.0.77"

// by are visitors that a proxy names in a header.
func by(from, name, value string) visitor {
	return visitor{from: from, header: map[string]string{name: value}}
}

// TestHeaderBalance shows that what a trusted proxy says of a client decides
// which worker has it: the same value one worker, different ones all 8; and that
// nobody else's header does.
func TestHeaderBalance(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"X-Forwarded-For", "X-Real-IP", "X-User"} {
		n, metric := limited(t, workers, "--balance=header", "--balance-header="+header, "--trusted-proxy="+proxyAt)
		const values, times = 64, 3
		slots := make([]int, values)
		atOnce(values, 8, func(i int) {
			value := fmt.Sprintf("192.0.2.%d", i)
			for round := range times {
				s := by(proxyAt, header, value).once(t, n)
				if round == 0 {
					slots[i] = s.Slot
				}
				want := value
				if header == "X-User" {
					want = proxyAt // it names users, not addresses
				}
				if s.Slot != slots[i] || s.Address != want {
					t.Errorf("%s %s: slot %d, then %+v", header, value, slots[i], s)
				}
			}
		})
		met := make(map[int]bool)
		for _, s := range slots {
			met[s] = true
		}
		if len(met) != workers {
			t.Errorf("%s: %d values met %d of %d workers", header, values, len(met), workers)
		}
		own := visitor{from: "127.0.0.78"}.once(t, n)
		for i := range 16 {
			if s := by("127.0.0.78", header, fmt.Sprintf("192.0.2.%d", i)).once(t, n); s.Slot != own.Slot || s.Address != "127.0.0.78" {
				t.Errorf("a stranger's header decides: %+v, not %+v", s, own)
			}
		}
		if got := metric("ioserver_master_peek_timeouts_total") + metric("ioserver_master_peek_overflows_total") + metric("ioserver_master_proxy_headers_malformed_total"); got != 0 {
			t.Errorf("%d were not looked at in time", got)
		}
	}
}

// TestForwardedAddress shows handshake.address and handshake.secure behind a
// trusted proxy, of many clients on one of its connections; and that a stranger's
// headers are ignored, and counted.
func TestForwardedAddress(t *testing.T) {
	t.Parallel()
	n, metric := limited(t, workers, "--balance=round-robin", "--trusted-proxy="+proxyAt, "--trusted-proxy=10.0.0.0/8")
	v := visitor{from: proxyAt}
	kept := v.client(t, n)
	for i, c := range []struct{ value, want string }{
		{"192.0.2.1", "192.0.2.1"}, {"198.51.100.9, 192.0.2.2", "192.0.2.2"}, {"192.0.2.3:4711, 10.1.2.3", "192.0.2.3"},
		{"[2001:db8::1]:80", "2001:db8::1"}, {"unknown", proxyAt}, {"", proxyAt}, {"192.0.2.9, <script>", proxyAt},
	} {
		v.header = map[string]string{"X-Forwarded-For": c.value, "X-Forwarded-Proto": []string{"http", "https"}[i%2]}
		s, err := v.visit(kept, n)
		if err != nil || s.Address != c.want || s.Secure != (i%2 == 1) {
			t.Errorf("%q: %+v, %v", c.value, s, err)
		}
		if s := v.overWebSocket(t, n); s.Address != c.want || s.Secure != (i%2 == 1) {
			t.Errorf("%q over WebSocket: %+v", c.value, s)
		}
	}
	const spoofs = 5
	for range spoofs {
		s := visitor{from: "127.0.0.78", header: map[string]string{"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}}.once(t, n)
		if s.Address != "127.0.0.78" || s.Secure {
			t.Errorf("a stranger is %+v", s)
		}
	}
	awaitMetric(t, metric, "ioserver_forwarded_ignored_total", spoofs)
}

// awaitMetric waits until workers have written what they counted.
func awaitMetric(t *testing.T, metric func(string) int, name string, want int) {
	t.Helper()
	for deadline := time.Now().Add(patience); metric(name) != want; {
		if time.Now().After(deadline) {
			t.Fatalf("%s is %d, not %d", name, metric(name), want)
		}
	}
}

const v2Signature = "\r\n\r\n\x00\r\nQUIT\n"

// proxyV1 and proxyV2 are PROXY headers of a client with IPv4, or IPv6 as bytes.
func proxyV1(client string) string {
	return "PROXY TCP4 " + client + " 127.0.0.1 4711 443\r\n"
}

func proxyV2(client string) string {
	ip := net.ParseIP(client)
	if v4 := ip.To4(); v4 != nil {
		return v2Signature + "\x21\x11\x00\x11" + string(v4) + "\x7f\x00\x00\x01" + "\x12\x67\x01\xbb" + "\x03\x00\x02ab" // a TLV
	}
	return v2Signature + "\x21\x21\x00\x24" + string(ip) + string(net.IPv6loopback) + "\x12\x67\x01\xbb"
}

// TestProxyProtocol shows clients behind PROXY headers of both versions: their
// address is what the application sees, and what chooses the worker.
func TestProxyProtocol(t *testing.T) {
	t.Parallel()
	n, metric := limited(t, workers, "--proxy-protocol", "--trusted-proxy="+proxyAt)
	const clients = 64
	slots := make([]int, clients)
	atOnce(clients, 8, func(i int) {
		client := fmt.Sprintf("192.0.2.%d", i)
		for round, preamble := range []string{proxyV1(client), proxyV2(client)} {
			s := visitor{from: proxyAt, preamble: preamble, header: map[string]string{"X-Forwarded-For": "198.51.100.1"}}.once(t, n)
			if round == 0 {
				slots[i] = s.Slot
			}
			if s.Address != client || s.Slot != slots[i] {
				t.Errorf("%q: %+v, before in %d", preamble, s, slots[i])
			}
		}
	})
	met := make(map[int]bool)
	for _, s := range slots {
		met[s] = true
	}
	if len(met) != workers {
		t.Errorf("%d clients met %d of %d workers", clients, len(met), workers)
	}
	for preamble, want := range map[string]string{
		"PROXY UNKNOWN\r\n": proxyAt, v2Signature + "\x20\x00\x00\x00": proxyAt, proxyV2("2001:db8::7"): "2001:db8::7",
		"PROXY TCP6 2001:db8::8 ::1 1 2\r\n": "2001:db8::8",
	} {
		if s := (visitor{from: proxyAt, preamble: preamble}).overWebSocket(t, n); s.Address != want {
			t.Errorf("%q: %+v", preamble, s)
		}
	}
	// Who is not trusted needs no PROXY header, and may not send one.
	if s := (visitor{from: "127.0.0.78"}).once(t, n); s.Address != "127.0.0.78" {
		t.Errorf("a stranger is %+v", s)
	}
	for _, preamble := range []string{proxyV1("192.0.2.1"), proxyV2("192.0.2.1")} {
		if answer := begin(t, n, visitor{from: "127.0.0.78", preamble: preamble}); !strings.HasPrefix(answer, "HTTP/1.1 400") {
			t.Errorf("a stranger's PROXY header is answered %q", answer)
		}
	}
	bad := []string{"", "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n", v2Signature + "\x21\x11\x00\x0b", "\x16\x03\x01\x02\x00"}
	for _, preamble := range bad {
		if answer := begin(t, n, visitor{from: proxyAt, preamble: preamble}); answer != "" {
			t.Errorf("%q is answered %q", preamble, answer)
		}
	}
	if got := metric("ioserver_master_proxy_headers_malformed_total"); got != len(bad) {
		t.Errorf("%d malformed, not %d", got, len(bad))
	}
}

// begin sends a request, and returns all that comes until the end.
func begin(t *testing.T, n *node.Node, v visitor) string {
	t.Helper()
	c, err := v.dial(n)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
	b, err := io.ReadAll(c)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%q: no end", v.preamble)
	}
	return string(b)
}

// TestSilentProxyConnections holds 1,000 connections that say nothing, or stop
// in the middle: others are served meanwhile, and when their time is up they are
// closed, or go on by the proxy's address.
func TestSilentProxyConnections(t *testing.T) {
	t.Parallel()
	const silent, others = 1000, 100
	for flag, preamble := range map[string]string{"--proxy-protocol": proxyV1("192.0.2.1"), "--balance=header": ""} {
		n, metric := limited(t, workers, flag, "--trusted-proxy="+proxyAt)
		held := make([]net.Conn, silent)
		half := preamble + "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n"
		atOnce(silent, 16, func(i int) {
			c, err := visitor{from: proxyAt, preamble: half[:[]int{0, 1, 9}[i%3]]}.dial(n)
			if err != nil {
				t.Error(err)
				return
			}
			held[i] = c
		})
		awaitMetric(t, func(string) int {
			return metric("ioserver_master_peek_timeouts_total") + metric("ioserver_master_peeking")
		}, "timeouts and connections looked at", silent)
		began := time.Now()
		for i := range others {
			v := visitor{from: proxyAt, preamble: preamble, header: map[string]string{"X-Forwarded-For": "192.0.2.1"}}
			if s := v.once(t, n); s.Address != "192.0.2.1" {
				t.Errorf("visitor %d is %+v", i, s)
			}
		}
		t.Logf("%s: %d visitors within %v, past %d silent connections", flag, others, time.Since(began), metric("ioserver_master_peeking"))
		awaitMetric(t, metric, "ioserver_master_peek_timeouts_total", silent)
		for i, c := range held {
			if c == nil {
				continue
			}
			if flag == "--balance=header" && i%3 == 0 {
				_, _ = io.WriteString(c, half+"Host: x\r\nConnection: close\r\n\r\n")
			}
			if flag == "--balance=header" && i%3 != 0 {
				c.Close() // its worker has a time of its own
				continue
			}
			b, err := io.ReadAll(c)
			if served := strings.HasPrefix(string(b), "HTTP/1.1 200"); served != (flag == "--balance=header") || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: connection %d: %q, %v", flag, i, b, err)
			}
			c.Close()
		}
	}
}

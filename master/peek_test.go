package master

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// say connects from an address and writes the parts, one after the other.
func (m *running) say(t *testing.T, from string, parts ...string) net.Conn {
	t.Helper()
	d := net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := d.Dial("tcp", m.Addresses[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	for _, part := range parts {
		if _, err := c.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// served says something, and returns what the worker answered.
func (m *running) served(t *testing.T, from string, parts ...string) answerOf {
	t.Helper()
	c := m.say(t, from, parts...)
	defer c.Close()
	a, status, err := finish(c)
	if err != nil || status != 200 {
		t.Fatalf("%q: %d, %v", parts, status, err)
	}
	return a
}

// peeking waits until so many are being looked at.
func (m *running) peeking(t *testing.T, n uint64) {
	t.Helper()
	gauge := &m.board.Master().Gauges[scoreboard.Peeking]
	for deadline := time.Now().Add(patience); gauge.Load() != n; {
		if time.Now().After(deadline) {
			t.Fatalf("%d are being looked at, want %d", gauge.Load(), n)
		}
		passed := make(chan struct{})
		m.run.post(func() { close(passed) })
		<-passed
	}
}

// watched are the descriptors in the peeker's epoll.
func (m *running) watched(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", m.run.door.peek.epoll))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(b), "tfd:")
}

const (
	proxyAt  = "127.0.0.1" // trusted
	proxyToo = "127.0.0.2" // trusted
	stranger = "127.0.0.9"
)

// peeks begins a master that trusts two addresses.
func peeks(t *testing.T, o Options, change func(*run)) *running {
	t.Helper()
	o.TrustedProxies = []string{proxyAt, proxyToo + "/32", "unix"}
	if o.Workers == 0 {
		o.Workers = 8
	}
	f := &fakeSystem{t: t}
	m := begin(t, o, f.system(), change)
	m.fake = f
	return m
}

// settled counts the descriptors when the only worker, and the master's end of its inbox, have opened all that they keep.
func (m *running) settled(t *testing.T) int {
	t.Helper()
	m.served(t, stranger, bare)
	m.run.post(func() { m.run.tellWorkers(fdpass.Reload{}, nil) })
	select {
	case <-m.fake.last("ioserver: worker 0").worker.reloads: // it listens to its master
	case <-time.After(patience):
		t.Fatalf("the worker hears nothing:\n%s", m.journal)
	}
	return descriptors(t, "self")
}

func withHeader(name, value string) string {
	return "GET / HTTP/1.1\r\nHost: x\r\n" + name + ": " + value + "\r\n\r\n"
}

func forwarded(value string) string { return withHeader("X-Forwarded-For", value) }

const bare = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

func TestHeaderBalance(t *testing.T) {
	m := peeks(t, Options{Balance: Header, Listen: []string{"127.0.0.1:0", "unix:" + t.TempDir() + "/s"}}, nil)
	slots := make(map[int]bool)
	for n := range 100 {
		client := fmt.Sprintf("192.0.2.%d", n)
		a := m.served(t, proxyAt, forwarded(client))
		slots[a.slot] = true
		if !strings.HasPrefix(a.remote, proxyAt+":") {
			t.Fatalf("the connection is said to come from %s", a.remote)
		}
		for _, same := range []string{client + ":4711", "198.51.100.7, " + client, client + ", 127.0.0.2,127.0.0.1", "::ffff:" + client} {
			if again := m.served(t, proxyToo, forwarded(same)); again.slot != a.slot {
				t.Errorf("%s went to %d, %s to %d", client, a.slot, same, again.slot)
			}
		}
	}
	if len(slots) != 8 {
		t.Errorf("100 clients met %d of 8 slots", len(slots))
	}
	// Without what can be taken for an address, and from strangers, the connection's own decides: as if a proxy had named it.
	own, others := m.served(t, proxyAt, bare).slot, m.served(t, proxyAt, forwarded(stranger)).slot
	for n := range 20 {
		for _, value := range []string{"unknown", fmt.Sprintf("192.0.2.%d, rubbish", n), "", fmt.Sprint(n)} {
			if a := m.served(t, proxyAt, forwarded(value)); a.slot != own {
				t.Errorf("%q went to %d, not %d", value, a.slot, own)
			}
		}
		if a := m.served(t, stranger, forwarded(fmt.Sprintf("192.0.2.%d", n))); a.slot != others {
			t.Errorf("a stranger's header decides: %d, not %d", a.slot, others)
		}
	}
	if n := m.watched(t); n != 0 {
		t.Errorf("%d connections are still in the epoll", n)
	}
	c, err := net.Dial("unix", strings.TrimPrefix(m.Addresses[1], "unix:"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(forwarded(stranger))); err != nil {
		t.Fatal(err)
	}
	if a, status, err := finish(c); err != nil || status != 200 || a.slot != others || a.remote != "unix" {
		t.Errorf("over a Unix socket: %+v, %d, %v", a, status, err)
	}
}

// A header that names no addresses decides by its bytes.
func TestOpaqueHeaderBalance(t *testing.T) {
	m := peeks(t, Options{Balance: Header, BalanceHeader: "X-User"}, nil)
	slots := make(map[int]bool)
	for n := range 100 {
		user := fmt.Sprintf("user %d", n)
		a := m.served(t, proxyAt, withHeader("x-user", user))
		slots[a.slot] = true
		if again := m.served(t, proxyToo, withHeader("X-User", user)); again.slot != a.slot {
			t.Errorf("%s went to %d, then to %d", user, a.slot, again.slot)
		}
	}
	if len(slots) != 8 {
		t.Errorf("100 users met %d of 8 slots", len(slots))
	}
}

// Trust changes while the master runs.
func TestTrustIsReloaded(t *testing.T) {
	reload := make(chan Reload)
	m := peeks(t, Options{ProxyProtocol: true, Reload: reload}, nil)
	const header = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"
	if a := m.served(t, stranger, bare); !strings.HasPrefix(a.remote, stranger) {
		t.Errorf("a stranger is %s", a.remote)
	}
	reload <- Reload{TrustedProxies: []string{"127.0.0.0/8"}}
	if a := m.served(t, stranger, header+bare); a.remote != "192.0.2.1:1" {
		t.Errorf("trusted, and is %s", a.remote)
	}
	reload <- Reload{TrustedProxies: []string{"rubbish"}}
	m.journal.await(t, "trusted proxies stay as they were", 1)
	reload <- Reload{TrustedProxies: []string{}}
	if a := m.served(t, proxyAt, bare); !strings.HasPrefix(a.remote, proxyAt) {
		t.Errorf("trusted no more, and is %s", a.remote)
	}
}

// Headers of nobody are believed by mistake only.
func TestPeekNeedsTrust(t *testing.T) {
	for _, o := range []Options{{Balance: Header}, {ProxyProtocol: true}, {TrustedProxies: []string{"rubbish"}}} {
		o.Listen, o.Workers = []string{"127.0.0.1:0"}, 1
		if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "trusted prox") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

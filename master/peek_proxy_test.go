package master

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

const (
	v2Begin = "\r\n\r\n\x00\r\nQUIT\n"
	v2Inet  = v2Begin + "\x21\x11\x00\x13" + "\xc0\x00\x02\x01" + "\xc6\x33\x64\x02" + "\x1f\x90\x01\xbb" + "\x04\x00\x04abcd"
	v2Inet6 = v2Begin + "\x21\x21\x00\x24" + "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\xfe\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02" + "\x1f\x90\x01\xbb"
)

// A PROXY header makes its client the connection's, and nothing behind it is lost: whether it comes at once, in pieces, or byte by byte.
func TestProxyHeader(t *testing.T) {
	m := peeks(t, Options{ProxyProtocol: true}, nil)
	for header, want := range map[string]string{
		"PROXY TCP4 192.0.2.1 198.51.100.2 8080 443\r\n": "192.0.2.1:8080",
		"PROXY TCP6 2001:db8::1 ::1 8080 443\r\n":        "[2001:db8::1]:8080",
		"PROXY UNKNOWN whatever this is\r\n":             proxyAt,
		v2Inet:                                           "192.0.2.1:8080",
		v2Inet6:                                          "[2001:db8::1]:8080",
		v2Begin + "\x20\x00\x00\x00":                     proxyAt,
		v2Begin + "\x21\x31\x00\xd8" + strings.Repeat("/", 216): proxyAt,
	} {
		ways := [][]string{{header + bare}, {header, bare}, {header + bare[:7], bare[7:]}, {header[:9], header[9:] + bare}, strings.Split(header+bare, "")}
		for i, parts := range ways {
			if a := m.served(t, proxyAt, parts...); !strings.HasPrefix(a.remote, want) {
				t.Errorf("%q, way %d: the client is %s", header, i, a.remote)
			}
		}
	}
	slots := make(map[int]bool)
	for n := range 100 {
		from := fmt.Sprintf("192.0.2.%d", n)
		a := m.served(t, proxyAt, "PROXY TCP4 "+from+" 198.51.100.2 8080 443\r\n"+bare)
		slots[a.slot] = true
		if again := m.served(t, proxyToo, "PROXY TCP4 "+from+" 198.51.100.3 8081 443\r\n"+bare); again.slot != a.slot {
			t.Errorf("%s went to %d, then to %d", from, a.slot, again.slot)
		}
	}
	if len(slots) != 8 {
		t.Errorf("100 clients met %d of 8 slots", len(slots))
	}
	if n := m.counter(scoreboard.ProxyMalformed)(); n != 0 || m.watched(t) != 0 {
		t.Errorf("%d malformed, %d in the epoll", n, m.watched(t))
	}
}

// A PROXY header, and the request behind it, may be cut anywhere: what has come is looked at, and the rest is waited for.
func TestProxyHeaderCutAnywhere(t *testing.T) {
	m := peeks(t, Options{ProxyProtocol: true, Balance: Header, Workers: 2}, nil)
	for _, header := range []string{"PROXY TCP4 127.0.0.2 198.51.100.2 8080 443\r\n", v2Begin + "\x21\x11\x00\x13" + "\x7f\x00\x00\x02" + "\xc6\x33\x64\x02" + "\x1f\x90\x01\xbb" + "\x04\x00\x04abcd"} {
		whole := header + forwarded("192.0.2.1")
		for cut := 1; cut < len(whole); cut++ {
			turns := m.counter(scoreboard.PeekTurns)()
			c := m.say(t, proxyAt, whole[:cut])
			m.counted(t, "turns", m.counter(scoreboard.PeekTurns), turns+1)
			m.peeking(t, 1)
			if _, err := c.Write([]byte(whole[cut:])); err != nil {
				t.Fatal(err)
			}
			if a, status, err := finish(c); err != nil || status != 200 || a.remote != "127.0.0.2:8080" {
				t.Fatalf("%q | %q: %+v, %d, %v", whole[:cut], whole[cut:], a, status, err)
			}
			c.Close()
		}
	}
	if n := m.watched(t); n != 0 {
		t.Errorf("%d in the epoll", n)
	}
}

// What is no PROXY header ends its connection, without an answer, and no other. From strangers none is looked for.
func TestProxyHeaderMalformed(t *testing.T) {
	m := peeks(t, Options{ProxyProtocol: true, Workers: 1}, nil)
	before := m.settled(t)
	bad := []string{bare, "PROXY TCP4 1 2 3 4\r\n" + bare, "PROXY UNKNOWN" + strings.Repeat(" ", 200), v2Begin + "\x31", v2Begin + "\x21\x11\x00\x01a" + bare, "\x16\x03\x01"}
	for n, s := range bad {
		c := m.say(t, proxyAt, s)
		if b, _ := io.ReadAll(c); len(b) > 0 {
			t.Errorf("%q is answered: %q", s, b)
		}
		c.Close()
		m.counted(t, "malformed", m.counter(scoreboard.ProxyMalformed), uint64(n+1))
		if a := m.served(t, proxyAt, v2Inet+bare); a.remote != "192.0.2.1:8080" {
			t.Errorf("another one is %s", a.remote)
		}
	}
	c := m.say(t, stranger, v2Inet+bare)
	if b, _ := io.ReadAll(c); len(b) > 0 { // the worker's parser has seen it
		t.Errorf("a stranger is answered: %q", b)
	}
	c.Close()
	if n := m.counter(scoreboard.ProxyMalformed)(); n != uint64(len(bad)) {
		t.Errorf("%d malformed", n)
	}
	noMore(t, before)
}

// With both, a forwarded header is believed of whom the PROXY header names, and only if that is a proxy that is trusted.
func TestProxyHeaderThenForwarded(t *testing.T) {
	m := peeks(t, Options{ProxyProtocol: true, Balance: Header}, nil)
	by := func(client, value string) answerOf {
		return m.served(t, proxyAt, "PROXY TCP4 "+client+" 198.51.100.2 8080 443\r\n", forwarded(value))
	}
	own := by("192.0.2.77", "")
	for n := range 20 {
		value := fmt.Sprintf("198.51.100.%d", n)
		if a := by("192.0.2.77", value); a.slot != own.slot || a.remote != "192.0.2.77:8080" {
			t.Errorf("a client's header decides: %+v, not %+v", a, own)
		}
		direct := m.served(t, proxyAt, "PROXY TCP4 "+value+" 198.51.100.2 8080 443\r\n"+bare)
		if a := by(proxyToo, value); a.slot != direct.slot || a.remote != proxyToo+":8080" {
			t.Errorf("behind a second proxy %+v, behind the first %+v", a, direct)
		}
	}
}

package master

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// Clients that say nothing, or half of what they have to, neither hold others up nor keep the master turning.
func TestSilentConnections(t *testing.T) {
	m := peeks(t, Options{Balance: Header, Workers: 2}, func(r *run) { r.peeks.age = time.Hour })
	const silent = 1000
	held := make([]net.Conn, silent)
	for i := range held {
		held[i] = m.say(t, proxyAt, []string{"", "G", "GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1\r\n"}[i%3])
	}
	m.peeking(t, silent)
	turns, accepted := m.counter(scoreboard.PeekTurns)(), m.counter(scoreboard.Accepted)()
	const others = 100
	for range others {
		m.served(t, proxyAt, forwarded("192.0.2.1"))
	}
	if n := m.counter(scoreboard.PeekTurns)() - turns; n > 4*others {
		t.Errorf("%d turns for %d connections", n, others)
	}
	if n := m.counter(scoreboard.Accepted)() - accepted; n != others || m.watched(t) != silent {
		t.Errorf("%d accepted, %d in the epoll", n, m.watched(t))
	}
	if _, err := held[0].Write([]byte(bare)); err != nil { // it speaks at last
		t.Fatal(err)
	}
	if _, status, err := finish(held[0]); status != 200 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
	if err := m.end(t); err != nil {
		t.Error(err)
	}
	for i, c := range held[1:] {
		if _, status, err := finish(c); status != 503 || err != nil {
			t.Fatalf("after the end connection %d: %d, %v", i, status, err)
		}
	}
}

// Whose time is up goes on by its own address, unless a PROXY header is due.
func TestPeekTimeout(t *testing.T) {
	const soon = 50 * time.Millisecond
	m := peeks(t, Options{Balance: Header}, func(r *run) { r.peeks.age = time.Hour })
	own := m.served(t, proxyAt, bare)
	m.do(func() {
		p := m.run.door.peek
		p.mu.Lock()
		defer p.mu.Unlock()
		p.bounds.age, p.armed = soon, time.Time{}
	})
	for n := range 3 {
		c := m.say(t, proxyAt, "GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1\r\n")
		m.counted(t, "timeouts", m.counter(scoreboard.PeekTimeouts), uint64(n+1))
		if _, err := c.Write([]byte("Host: x\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if a, status, err := finish(c); status != 200 || err != nil || a.slot != own.slot {
			t.Errorf("%+v, %d, %v", a, status, err)
		}
	}
	if m.watched(t) != 0 {
		t.Error("it is still in the epoll")
	}

	m = peeks(t, Options{ProxyProtocol: true}, func(r *run) { r.peeks.age = soon })
	for n, s := range []string{"", "PROXY TCP4 192.", v2Inet[:20]} {
		c := m.say(t, proxyAt, s)
		if b, _ := io.ReadAll(c); len(b) > 0 {
			t.Errorf("%q is answered: %q", s, b)
		}
		m.counted(t, "timeouts", m.counter(scoreboard.PeekTimeouts), uint64(n+1))
	}
	m.peeking(t, 0)
}

// A head without an end, and one in too many pieces, goes on by the connection's address: its worker has limits of its own.
func TestPeekIsBounded(t *testing.T) {
	m := peeks(t, Options{Balance: Header}, func(r *run) { r.peeks.age, r.peeks.looks = time.Hour, 16 })
	own := m.served(t, proxyAt, bare)
	c := m.say(t, proxyAt, "GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1\r\nHost: x\r\nX-Filler: "+strings.Repeat("x", maxHead))
	m.counted(t, "passed", m.counter(scoreboard.Passed), 2)
	if _, err := c.Write([]byte("\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if a, status, err := finish(c); status != 200 || err != nil || a.slot != own.slot {
		t.Errorf("endless: %+v, %d, %v", a, status, err)
	}
	c = m.say(t, proxyAt)
	m.peeking(t, 1)
	head := "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n"
	sent := 0
	for ; m.counter(scoreboard.PeekTimeouts)() == 0 && sent < len(head)-1; sent++ {
		turns := m.counter(scoreboard.PeekTurns)()
		if _, err := c.Write([]byte(head[sent : sent+1])); err != nil {
			t.Fatal(err)
		}
		m.counted(t, "turns or timeouts", func() uint64 { // it has been seen alone, or was the first too many
			return m.counter(scoreboard.PeekTurns)() + m.counter(scoreboard.PeekTimeouts)()
		}, turns+1)
	}
	m.counted(t, "timeouts", m.counter(scoreboard.PeekTimeouts), 1)
	if sent > 18 {
		t.Errorf("%d looks", sent)
	}
	if _, err := c.Write([]byte(head[sent:])); err != nil {
		t.Fatal(err)
	}
	if a, status, err := finish(c); status != 200 || err != nil || a.slot != own.slot {
		t.Errorf("byte by byte: %+v, %d, %v", a, status, err)
	}
}

// Who leaves before it is known where to is dropped; one who has said all and only ends its sending is served.
func TestPeekDropped(t *testing.T) {
	for name, o := range map[string]Options{"header": {Balance: Header}, "PROXY": {ProxyProtocol: true}} {
		t.Run(name, func(t *testing.T) {
			o.Workers = 1
			m := peeks(t, o, func(r *run) { r.peeks.age = time.Hour })
			before := m.settled(t)
			m.say(t, proxyAt).Close()
			m.counted(t, "dropped", m.counter(scoreboard.PeekDropped), 1)
			m.say(t, proxyAt, "PROXY ").Close()
			m.counted(t, "dropped", m.counter(scoreboard.PeekDropped), 2)
			c := m.say(t, proxyAt, "P")
			m.peeking(t, 1)
			if err := c.(*net.TCPConn).SetLinger(0); err != nil {
				t.Fatal(err)
			}
			c.Close() // a reset
			m.counted(t, "dropped", m.counter(scoreboard.PeekDropped), 3)
			m.peeking(t, 0)
			noMore(t, before)
			c = m.say(t, proxyAt, "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"[:len("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n")*btoi(o.ProxyProtocol)]+bare)
			if err := c.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if _, status, err := finish(c); status != 200 || err != nil {
				t.Errorf("half closed: %d, %v", status, err)
			}
		})
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// More than may be looked at are refused, and counted; those of strangers are not looked at.
func TestPeekOverflow(t *testing.T) {
	m := peeks(t, Options{Balance: Header}, func(r *run) { r.peeks.looking, r.peeks.age = 4, time.Hour })
	for range 4 {
		m.say(t, proxyAt)
	}
	m.peeking(t, 4)
	if _, status, err := finish(m.say(t, proxyAt, bare)); status != 503 || err != nil {
		t.Errorf("one too many: %d, %v", status, err)
	}
	m.counted(t, "overflows", m.counter(scoreboard.PeekOverflows), 1)
	m.counted(t, "refused", m.counter(scoreboard.Refused), 1)
	m.served(t, stranger, bare)
}

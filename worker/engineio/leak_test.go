package engineio_test

import (
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
)

// census counts what must be as many afterwards as before.
type census struct{ descriptors, goroutines int }

func count(t testing.TB) census {
	t.Helper()
	d, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return census{len(d), runtime.NumGoroutine()}
}

// census counts before a test opens anything. The first answer of a process
// starts fasthttp's clock, which is no leak.
func (e *engine) census(t testing.TB) census {
	t.Helper()
	w := dial(t, e.addr)
	w.get("transport=foo")
	w.expect(400, unknownTransport)
	_ = w.Close()
	until(t, "the connection is closed", func() bool { return e.front.Reading() == 0 })
	return count(t)
}

// restored waits until nothing is left of what a test opened.
func (before census) restored(t testing.TB, e *engine) {
	t.Helper()
	var now census
	deadline := time.Now().Add(patience)
	for {
		st := e.server.Stats()
		sessions := st.Polling.V3 + st.Polling.V4 + st.WebSocket.V3 + st.WebSocket.V4
		now = count(t)
		if sessions == 0 && st.Held == 0 && now.descriptors <= before.descriptors && now.goroutines <= before.goroutines {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d sessions, %d held, %+v; before %+v", sessions, st.Held, now, before)
		}
		runtime.Gosched()
	}
}

// brief has sessions that nobody ends be over soon.
func brief(s *setup) {
	o := &s.options
	o.PingInterval, o.PingTimeout, o.UpgradeTimeout = 10*soon, 10*soon, 10*soon
}

// TestClientGoneWhileWaiting ends the session: a poll's client that goes away
// is the only sign that there is.
func TestClientGoneWhileWaiting(t *testing.T) {
	for name, leave := range map[string]func(*testing.T, *wire){
		"closed": func(_ *testing.T, w *wire) { _ = w.Close() },
		"reset":  func(t *testing.T, w *wire) { reset(t, w.Conn) },
		"half closed": func(t *testing.T, w *wire) {
			if err := w.Conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			p := e.polling(t, "EIO=4")
			p.get()
			leave(t, p.poll)
			e.awaitClose(t, "transport error")
			e.awaitHeld(t, 0)
			p.gone()
		})
	}
}

// TestManyLeaveWhileWaiting, at any moment of their request.
func TestManyLeaveWhileWaiting(t *testing.T) {
	e := start(t, brief)
	before := e.census(t)
	for i := range 300 {
		w := dial(t, e.addr)
		sid := w.handshake("EIO=4")
		request := head("GET", "EIO=4&transport=polling&sid="+sid, "")
		if i%3 == 0 {
			request += head("POST", "EIO=4&transport=polling&sid="+sid, "4a")
		}
		w.write(request[:len(request)-i%2*rand.IntN(len(request))])
		if i%5 == 0 {
			_ = w.Close()
		} else {
			reset(t, w.Conn)
		}
	}
	before.restored(t, e)
}

// TestResetInUpgrade resets the connection at any moment of a handshake or of
// an upgrade: nothing leaks, nothing else is harmed.
func TestResetInUpgrade(t *testing.T) {
	e := start(t, brief)
	before := e.census(t)
	w := dial(t, e.addr)
	for i := range 600 {
		q := "EIO=4&transport=websocket"
		if i%2 == 0 {
			q += "&sid=" + w.handshake("EIO=4")
		}
		request := head("GET", q, "", upgradeLines...) + text("2probe") + text("5") + text("4a")
		u := dial(t, e.addr)
		u.write(request[:len(request)-i%3*rand.IntN(len(request))/2])
		if i%6 == 0 { // a whole request, which is answered
			_, _ = u.r.Peek(1)
		}
		reset(t, u.Conn)
	}
	s := e.socket(t, "EIO=4")
	s.next()
	s.text("4a")
	for got := "2"; got != "4a"; got = s.next() {
		s.text("3")
	}
	_ = s.Close()
	_ = w.Close()
	before.restored(t, e)
}

// TestNothingLeft of ordinary sessions of every kind.
func TestNothingLeft(t *testing.T) {
	e := start(t)
	before := e.census(t)
	for range 20 {
		p := e.polling(t, "EIO=4")
		p.get()
		p.post("4a")
		p.poll.expect(200, "4a")
		s := p.upgrading()
		s.raw(text("2probe"), text("5"), text("4b"))
		s.expect("3probe")
		s.expect("4b")
		_ = s.Close()
		e.awaitClose(t, "transport close")
		_, _ = p.poll.Close(), p.send.Close()

		p = e.polling(t, "EIO=3")
		p.get()
		p.post("1:1")
		p.poll.expect(200, "1:6")
		e.awaitClose(t, "transport close")
		_, _ = p.poll.Close(), p.send.Close()
	}
	before.restored(t, e)
}

// TestIdleCostsNoGoroutine is the point of it all.
func TestIdleCostsNoGoroutine(t *testing.T) {
	e := start(t, options(func(o *engineio.Options) { o.HTTPCompression = false }))
	before := runtime.NumGoroutine()
	const n = 50
	for range n {
		e.openSocket(t, "EIO=4")
		w := dial(t, e.addr)
		w.get("EIO=4&transport=polling&sid=" + w.handshake("EIO=4"))
	}
	e.awaitHeld(t, n)
	until(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}

// TestGarbage: bytes of every kind closes its connection only.
func TestGarbage(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	for _, garbage := range []string{
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "\r\n\r\n\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"\x00\x00\x00\x00", "GET /engine.io/?" + strings.Repeat("%", 100) + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /engine.io/?transport=polling&EIO=4&j=" + strings.Repeat("9", 9000) + " HTTP/1.1\r\n\r\n",
		"GET http://host.test:x/engine.io/ HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		w := dial(t, e.addr)
		w.write(garbage)
		_ = w.Conn.(*net.TCPConn).CloseWrite()
		_, _ = w.r.Discard(1 << 20)
	}
	p.post("4a")
	p.poll.get(p.q)
	p.poll.expect(200, "4a")
}

package engineio_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
)

// TestPauseWebSocket: the network holds the client back.
func TestPauseWebSocket(t *testing.T) {
	var heard atomic.Int64
	e := start(t, handler(func(a *app) {
		a.message = func(_ *engineio.Session, data []byte, _ bool) bool { heard.Add(int64(len(data))); return true }
	}))
	s := e.openSocket(t, "EIO=4")
	session := e.session(t)
	e.on(t, func() { session.Pause(); session.Pause() })
	large := strings.Repeat("x", 100_000)
	sent := 0
	_ = s.NetConn().SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	frame := []byte(text("4" + large))
	var rest []byte
	for {
		n, err := s.NetConn().Write(frame)
		if err != nil { // the buffers are full
			rest = frame[n:]
			break
		}
		sent++
		if sent > 10_000 {
			t.Fatal("a paused session takes a gigabyte")
		}
	}
	if heard.Load() != 0 {
		t.Error("heard while paused")
	}
	e.on(t, func() { session.Resume(); session.Resume() })
	_ = s.NetConn().SetWriteDeadline(time.Now().Add(patience))
	s.raw(string(rest))
	until(t, "everything is heard", func() bool { return heard.Load() == int64(sent+1)*int64(len(large)) })
}

// TestPausePost: the answer waits, and with it the client.
func TestPausePost(t *testing.T) {
	e := start(t, handler(func(a *app) {
		a.message = func(s *engineio.Session, _ []byte, _ bool) bool { s.Pause(); return false }
	}))
	p := e.polling(t, "EIO=4")
	p.send.post(p.q, "4a")
	p.poll.get(p.q)
	p.poll.expect(200, "4a")
	e.awaitHeld(t, 1)
	p.get()
	e.awaitHeld(t, 2)
	e.on(t, p.session.Resume)
	p.send.expect(200, "ok")
	p.send.post(p.q, "4b")
	p.poll.expect(200, "4b")
	e.on(t, p.session.Resume)
	p.send.expect(200, "ok")
}

// TestOverlappingPosts can only be seen while one waits: the session ends.
func TestOverlappingPosts(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	e.on(t, p.session.Pause)
	p.send.post(p.q, "4a")
	e.awaitHeld(t, 1)
	other := dial(t, e.addr)
	other.post(p.q, "4b")
	other.expect(400, "")
	p.send.expect(200, "ok")
	e.awaitClose(t, "transport error")
	p.gone()
}

// TestPausedEnds: whoever ends a paused session, its POST is answered.
func TestPausedEnds(t *testing.T) {
	for _, reason := range []engineio.Reason{"mine", engineio.ShuttingDown, engineio.TransportError} {
		t.Run(string(reason), func(t *testing.T) {
			e := start(t, pings(never, never))
			p := e.polling(t, "EIO=4")
			e.on(t, p.session.Pause)
			p.send.post(p.q, "4a")
			e.awaitHeld(t, 1)
			switch reason {
			case "mine":
				e.on(t, func() { p.session.Fail("mine") })
			case engineio.ShuttingDown:
				e.server.Shutdown()
			case engineio.TransportError:
				_ = p.send.Close()
			}
			e.awaitClose(t, reason)
			if reason != engineio.TransportError {
				p.send.expect(200, "ok")
			}
		})
	}
}

// TestPausedIsNotTimedOut: what the client answers lies unread meanwhile, and
// that is not its fault.
func TestPausedIsNotTimedOut(t *testing.T) {
	for _, query := range []string{"EIO=4", "EIO=3"} {
		e := start(t, pings(soon, 10*soon))
		held := e.openSocket(t, query)
		session := e.session(t)
		e.on(t, session.Pause)
		for range 3 { // each takes as long as a time-out
			e.openSocket(t, query)
			e.session(t)
			e.awaitClose(t, "ping timeout")
		}
		held.text("4still here")
		e.on(t, session.Resume)
		for got := held.next(); got != "4still here"; got = held.next() {
			if got != "2" {
				t.Fatalf("received %q", got)
			}
		}
	}
}

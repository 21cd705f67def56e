package engineio_test

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
)

// pings sets the heartbeat. A test sets what it waits for short and the rest
// long, so that a slow machine changes nothing.
func pings(interval, timeout time.Duration) func(*setup) {
	return options(func(o *engineio.Options) { o.PingInterval, o.PingTimeout = interval, timeout })
}

const (
	soon  = 20 * time.Millisecond
	never = time.Hour
)

func TestServerPings(t *testing.T) {
	e := start(t, pings(soon, never))
	s := e.openSocket(t, "EIO=4")
	for range 3 {
		s.expect("2")
		s.text("3")
	}
	p := e.polling(t, "EIO=4")
	for range 3 {
		p.poll.get(p.q)
		p.poll.expect(200, "2")
		p.post("3")
	}
	e.stillOpen(t)
}

// TestNoSecondPing: without an answer the server does not ping again.
func TestNoSecondPing(t *testing.T) {
	e := start(t, pings(soon, 200*time.Millisecond))
	s := e.openSocket(t, "EIO=4")
	s.expect("2")
	if _, b, err := s.ReadMessage(); err == nil {
		t.Errorf("received %q", b)
	}
	e.awaitClose(t, "ping timeout")
}

func TestPingTimeout(t *testing.T) {
	t.Run("WebSocket", func(t *testing.T) {
		e := start(t, pings(soon, soon))
		s := e.openSocket(t, "EIO=4")
		s.expect("2")
		s.closes(1005)
		e.awaitClose(t, "ping timeout")
	})
	t.Run("poll waiting", func(t *testing.T) {
		e := start(t, pings(soon, 5*soon))
		p := e.polling(t, "EIO=4")
		p.poll.get(p.q)
		p.poll.expect(200, "2")
		p.poll.get(p.q)
		p.poll.expect(200, "1")
		e.awaitClose(t, "ping timeout")
		p.gone()
	})
	t.Run("no poll", func(t *testing.T) {
		e := start(t, pings(soon, soon))
		p := e.polling(t, "EIO=4")
		e.awaitClose(t, "ping timeout")
		p.gone()
	})
	t.Run("revision 3", func(t *testing.T) {
		e := start(t, pings(soon, soon))
		s := e.openSocket(t, "EIO=3")
		s.closes(1005)
		e.awaitClose(t, "ping timeout")
		p := e.polling(t, "EIO=3")
		p.poll.get(p.q)
		p.poll.expect(200, "1:1")
		e.awaitClose(t, "ping timeout")
	})
}

// TestClientPings is revision 3, where the server never pings.
func TestClientPings(t *testing.T) {
	e := start(t, pings(soon, never))
	s := e.openSocket(t, "EIO=3")
	s.text("2")
	s.expect("3")
	s.text("2probe")
	s.expect("3")
	p := e.polling(t, "EIO=3")
	p.post("1:2")
	p.poll.get(p.q)
	p.poll.expect(200, "1:3")
	e.stillOpen(t)
}

// TestPongRefresh has another packet put the end off once, and only once, as in
// the reference: later packets do not save the session.
func TestPongRefresh(t *testing.T) {
	heard := make(chan struct{}, 1)
	e := start(t, pings(soon, 20*soon), handler(func(a *app) {
		a.message = func(*engineio.Session, []byte, bool) bool {
			select {
			case heard <- struct{}{}:
			default:
			}
			return true
		}
	}))
	s := e.openSocket(t, "EIO=4")
	s.expect("2")
	for {
		select {
		case end := <-e.closed:
			if end.reason != "ping timeout" {
				t.Fatal(end.reason)
			}
			return
		case <-time.After(patience):
			t.Fatal("packets kept a session alive that answers no ping")
		default:
		}
		if err := s.WriteMessage(1, []byte("4a")); err != nil {
			continue // closing
		}
		select {
		case <-heard:
		case end := <-e.closed:
			e.closed <- end
		}
	}
}

// TestPongEndsTheWait: a pong that is late by a packet's refresh still counts.
func TestPongEndsTheWait(t *testing.T) {
	e := start(t, pings(soon, patience))
	s := e.openSocket(t, "EIO=4")
	for range 2 {
		s.expect("2")
		s.text("4a")
		s.expect("4a")
		s.text("3")
	}
	s.expect("2")
	e.stillOpen(t)
}

// TestHeartbeatOverUpgrade: a ping that was sent over polling may be answered
// over the WebSocket, and the pings go on there.
func TestHeartbeatOverUpgrade(t *testing.T) {
	e := start(t, pings(soon, patience))
	p := e.polling(t, "EIO=4")
	p.poll.get(p.q)
	p.poll.expect(200, "2")
	s := e.socket(t, "EIO=4&sid="+p.sid)
	s.text("5")
	s.text("3")
	s.expect("2")
	s.text("3")
	s.expect("2")
	e.stillOpen(t)
}

// TestPingMovesWithUpgrade: one that no poll took is sent over the WebSocket.
func TestPingMovesWithUpgrade(t *testing.T) {
	e := start(t, pings(soon, patience))
	p := e.polling(t, "EIO=4")
	s := e.socket(t, "EIO=4&sid="+p.sid)
	s.text("2probe")
	s.expect("3probe")
	s.text("5")
	s.expect("2")
	s.text("3")
	s.expect("2")
}

// TestTimeoutOverUpgrade: the reference forgets to wait for the answer when the
// transport changes; here the session ends.
func TestTimeoutOverUpgrade(t *testing.T) {
	for _, rev := range []string{"EIO=3", "EIO=4"} {
		e := start(t, pings(soon, 10*soon))
		p := e.polling(t, rev)
		s := e.socket(t, rev+"&sid="+p.sid)
		s.text("5")
		s.closes(1005)
		e.awaitClose(t, "ping timeout")
	}
}

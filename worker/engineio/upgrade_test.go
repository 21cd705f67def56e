package engineio_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/protocol/ws"
	"github.com/ioserver/ioserver/worker/engineio"
)

// upgrading opens a WebSocket for a session that polls.
func (c *client) upgrading() *socket {
	c.t.Helper()
	return c.engine.socket(c.t, strings.TrimPrefix(c.q, "transport=polling&"))
}

func TestUpgrade(t *testing.T) {
	for _, query := range []string{"EIO=4", "EIO=3", "EIO=4&j=0"} {
		t.Run(query, func(t *testing.T) {
			e := start(t)
			p := e.polling(t, query)
			p.get()
			s := p.upgrading()
			s.text("2probe")
			s.expect("3probe")
			want := map[string]string{"EIO=4": "6", "EIO=3": "1:6", "EIO=4&j=0": `___eio[0]("6");`}[query]
			p.poll.expect(200, want)
			s.text("5")
			s.text("4over websocket")
			s.expect("4over websocket")
			p.send.get(p.q)
			p.send.expect(400, badRequest)
			e.on(t, func() {
				if p.session.Transport() != "websocket" || p.session.ID() != p.sid {
					t.Error("another session")
				}
			})
			if st := e.server.Stats(); st.Upgrades != 1 || st.WebSocket.V3+st.WebSocket.V4 != 1 || st.Polling.V3+st.Polling.V4 != 0 {
				t.Errorf("stats %+v", st)
			}
			s.Close()
			e.awaitClose(t, "transport close")
			if st := e.server.Stats(); st.WebSocket.V3+st.WebSocket.V4 != 0 {
				t.Errorf("stats %+v", st)
			}
		})
	}
}

// TestNoops end every poll that comes while the client has not moved.
func TestNoops(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	s := p.upgrading()
	s.text("2probe")
	s.expect("3probe")
	for range 3 {
		p.poll.get(p.q)
		p.poll.expect(200, "6")
	}
	s.text("5")
	s.text("4a")
	s.expect("4a")
}

// TestQueueMovesInOrder: what waited for a poll comes first, then what is sent
// meanwhile, each once.
func TestQueueMovesInOrder(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	p.post("4a\x1ebAQ==\x1e4b")
	s := p.upgrading()
	s.text("2probe")
	s.expect("3probe")
	p.post("4c")
	s.raw(text("5"), text("4d"))
	for _, want := range []string{"4a", "\x01", "4b", "4c", "4d"} {
		s.expect(want)
	}
}

// TestOrderUnderUpgrade moves while the server sends: nothing is lost, doubled
// or out of order.
func TestOrderUnderUpgrade(t *testing.T) {
	e := start(t, func(s *setup) { s.app.message = func(*engineio.Session, []byte, bool) bool { return true } })
	p := e.polling(t, "EIO=4")
	const total = 3000
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		for i := range total {
			e.on(t, func() { p.session.Send(messages(fmt.Sprint(i))...) })
		}
	}()
	next := 0
	take := func(packet string) {
		if packet == "6" || packet == "1" {
			return
		}
		if packet != fmt.Sprintf("4%d", next) {
			t.Fatalf("received %q, want number %d", packet, next)
		}
		next++
	}
	poll := func() {
		p.poll.get(p.q)
		_, body, _ := p.poll.answer()
		for packet := range strings.SplitSeq(body, "\x1e") {
			take(packet)
		}
	}
	for next < total/10 {
		poll()
	}
	s := p.upgrading()
	s.text("2probe")
	s.expect("3probe")
	poll()
	s.text("5")
	for next < total {
		take(s.next())
	}
	<-sent
}

// TestWaitingPollWhenUpgraded is told to close, as by the reference.
func TestWaitingPollWhenUpgraded(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	s := p.upgrading()
	p.get()
	s.raw(text("5"), text("4a"))
	s.expect("4a")
	p.poll.expect(200, "1")
	e.stillOpen(t)
}

// TestFailedProbes close the WebSocket; the session goes on polling and may try
// again.
func TestFailedProbes(t *testing.T) {
	for _, c := range []struct {
		name string
		send string
		code int
	}{
		{"a message", text("4a"), 1005},
		{"another ping", text("2"), 1005},
		{"pong", text("3probe"), 1005},
		{"binary", frame(true, ws.OpBinary, "a"), 1005},
		{"no packet", text("z"), 1005},
		{"a message behind the probe", text("2probe") + text("4a"), 1005},
		{"a broken frame", "\x81\x02aa", 1002},
		{"too long", frame(true, ws.OpText, "2"+strings.Repeat("x", 1_000_001)), 1009},
		{"close", frame(true, ws.OpClose, "\x03\xe8"), 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t)
			p := e.polling(t, "EIO=4")
			s := p.upgrading()
			s.raw(c.send)
			s.closes(c.code)
			p.get()
			p.post("4a")
			p.poll.expect(200, "4a")
			again := p.upgrading()
			again.raw(text("2probe"), frame(true, ws.OpPing, "x"), text("5"), text("4b"))
			again.expect("3probe")
			again.expect("4b")
		})
	}
}

func TestVanishedProbe(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	for range 20 {
		s := p.upgrading()
		s.raw(text("2probe"))
		reset(t, s.NetConn())
	}
	until(t, "another upgrade is let in", func() bool {
		s := p.upgrading()
		s.raw(text("2probe"))
		_, b, err := s.ReadMessage()
		if err != nil || string(b) != "3probe" {
			return false
		}
		s.raw(text("5"), text("4a"))
		s.expect("4a")
		return true
	})
}

func TestUpgradeTimeout(t *testing.T) {
	e := start(t, options(func(o *engineio.Options) { o.UpgradeTimeout = soon }))
	p := e.polling(t, "EIO=4")
	for _, send := range []string{"", text("2probe"), text("2probe")[:4]} {
		s := p.upgrading()
		s.raw(send)
		s.closes(1005)
	}
	p.post("4a")
	p.poll.get(p.q)
	p.poll.expect(200, "4a")
}

// TestSecondUpgrade is accepted as a WebSocket and closed, as by the reference.
func TestSecondUpgrade(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	s := p.upgrading()
	s.text("2probe")
	s.expect("3probe")
	p.upgrading().closes(1005)
	s.raw(text("5"), text("4a"))
	s.expect("4a")
	p.upgrading().closes(1005)
	s.text("4b")
	s.expect("4b")
}

func TestUpgradeSwitchedOff(t *testing.T) {
	e := start(t, options(func(o *engineio.Options) { o.AllowUpgrades = false }))
	p := e.polling(t, "EIO=4")
	p.upgrading().closes(1005)
	p.post("4a")
	p.poll.get(p.q)
	p.poll.expect(200, "4a")
}

func TestUpgradeOfClosed(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	p.post("1")
	e.awaitClose(t, "transport close")
	w := dial(t, e.addr)
	w.get(strings.Replace(p.q, "polling", "websocket", 1), upgradeLines...)
	w.expect(400, "Session ID unknown")
}

// TestUpgradeWhileClosing: the client gets what was queued, then the end.
func TestUpgradeWhileClosing(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	s := p.upgrading()
	s.text("2probe")
	s.expect("3probe")
	e.on(t, func() { p.session.Send(messages("a", "b")...); p.session.Close(); p.session.Send(messages("late")...) })
	s.text("5")
	s.expect("4a")
	s.expect("4b")
	s.closes(1005)
	e.awaitClose(t, "forced close")
}

// TestCloseWhileUpgrading ends both connections.
func TestCloseWhileUpgrading(t *testing.T) {
	for name, end := range map[string]func(*client){
		"forced close":         func(p *client) { p.on(p.t, p.session.Close) },
		"mine":                 func(p *client) { p.on(p.t, func() { p.session.Fail("mine") }) },
		"server shutting down": func(p *client) { p.server.Shutdown() },
		"transport close":      func(p *client) { p.post("1") },
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t)
			p := e.polling(t, "EIO=4")
			p.get()
			s := p.upgrading()
			end(p)
			want := "1"
			if name == "transport close" {
				want = "6"
			}
			p.poll.expect(200, want)
			s.closes(1005)
			e.awaitClose(t, engineio.Reason(name))
		})
	}
}

// TestPausedUpgrade holds the WebSocket back.
func TestPausedUpgrade(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	s := p.upgrading()
	s.text("2probe")
	s.expect("3probe")
	e.on(t, p.session.Pause)
	s.text("5")
	until(t, "the session has moved", func() bool { return e.server.Stats().Upgrades == 1 })
	s.text("4a")
	p.say("first")
	s.expect("4first")
	e.on(t, p.session.Resume)
	s.expect("4a")
}

// TestUpgradeLeavesNoTimers: an upgrade that ends in any way disarms its own,
// so that a short timeout does not end a session that has moved.
func TestUpgradeLeavesNoTimers(t *testing.T) {
	e := start(t, options(func(o *engineio.Options) { o.UpgradeTimeout = 100 * time.Millisecond }))
	p := e.polling(t, "EIO=4")
	s := p.upgrading()
	s.raw(text("2probe"), text("5"))
	s.expect("3probe")
	deadline := time.Now().Add(300 * time.Millisecond)
	for time.Now().Before(deadline) {
		s.text("4a")
		s.expect("4a")
	}
}

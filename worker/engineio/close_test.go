package engineio_test

import (
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

// TestCloseOnWebSocket sends what is queued, then the end.
func TestCloseOnWebSocket(t *testing.T) {
	for _, c := range []struct {
		name   string
		end    func(*engine, *engineio.Session)
		code   int
		reason engineio.Reason
	}{
		{"Close", func(_ *engine, s *engineio.Session) { s.Close() }, 1005, engineio.ForcedClose},
		{"Fail", func(_ *engine, s *engineio.Session) { s.Fail("mine") }, 1005, "mine"},
		{"Shutdown", func(e *engine, _ *engineio.Session) { e.server.Shutdown() }, 1001, engineio.ShuttingDown},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := start(t)
			s := e.openSocket(t, "EIO=4")
			session := e.session(t)
			e.on(t, func() {
				session.Send(messages("a", "b")...)
				c.end(e, session)
			})
			s.expect("4a")
			s.expect("4b")
			s.closes(c.code)
			e.awaitClose(t, c.reason)
			e.on(t, func() { overIsOver(t, e, session) })
		})
	}
}

// overIsOver does everything with a session that has ended.
func overIsOver(t *testing.T, e *engine, s *engineio.Session) {
	s.Send(messages("late")...)
	if s.SendVolatile(messages("late")...) || s.Writable() || e.server.Session(s.ID()) != nil {
		t.Error("a session that ended goes on")
	}
	s.Pause()
	s.Resume()
	s.Close()
	s.Fail("again")
	e.stillOpen(t)
}

// TestCloseFromHandler, from within the client's message.
func TestCloseFromHandler(t *testing.T) {
	closes := handler(func(a *app) {
		a.message = func(s *engineio.Session, _ []byte, _ bool) bool {
			s.Send(messages("bye")...)
			s.Close()
			return true
		}
	})
	e := start(t, closes)
	s := e.openSocket(t, "EIO=4")
	s.raw(text("4a"), text("4never heard"))
	s.expect("4bye")
	s.closes(1005)
	e.awaitClose(t, "forced close")

	p := e.polling(t, "EIO=4")
	p.get()
	p.post("4a\x1e4never heard")
	p.poll.expect(200, "4bye")
	p.poll.get(p.q)
	p.poll.expect(200, "6\x1e1")
	e.awaitClose(t, "forced close")
	p.gone()
	e.stillOpen(t)
}

func TestCloseOnPolling(t *testing.T) {
	t.Run("poll waits", func(t *testing.T) {
		e := start(t)
		p := e.polling(t, "EIO=4")
		p.get()
		e.on(t, p.session.Close)
		p.poll.expect(200, "1")
		e.awaitClose(t, "forced close")
		p.gone()
	})
	t.Run("poll waits, messages queued", func(t *testing.T) {
		e := start(t)
		p := e.polling(t, "EIO=3")
		p.get()
		e.on(t, func() { p.session.Send(messages("a")...); p.session.Close() })
		p.poll.expect(200, "2:4a")
		e.stillOpen(t)
		p.poll.get(p.q)
		p.poll.expect(200, "1:61:1")
		e.awaitClose(t, "forced close")
	})
	t.Run("no poll waits", func(t *testing.T) {
		e := start(t)
		p := e.polling(t, "EIO=4")
		e.on(t, p.session.Close)
		e.stillOpen(t)
		p.poll.get(p.q)
		p.poll.expect(200, "6\x1e1") // the reference's
		e.awaitClose(t, "forced close")
		p.gone()
	})
	t.Run("no poll waits, messages queued", func(t *testing.T) {
		e := start(t)
		p := e.polling(t, "EIO=4")
		e.on(t, func() { p.session.Send(messages("a")...); p.session.Close(); p.session.Send(messages("late")...) })
		p.post("4passed over")
		p.poll.get(p.q)
		p.poll.expect(200, "4a")
		p.poll.get(p.q)
		p.poll.expect(200, "6\x1e1")
		e.awaitClose(t, "forced close")
	})
	t.Run("no poll comes", func(t *testing.T) {
		e := start(t, func(s *setup) {
			s.server = func(s *engineio.Server) { engineio.SetPollingClose(s, soon) }
		})
		p := e.polling(t, "EIO=4")
		e.on(t, p.session.Close)
		e.awaitClose(t, "forced close")
		p.gone()
	})
	t.Run("the client closes first", func(t *testing.T) {
		e := start(t)
		p := e.polling(t, "EIO=4")
		e.on(t, p.session.Close)
		p.post("1")
		e.awaitClose(t, "transport close")
	})
}

func TestFailOnPolling(t *testing.T) {
	for _, waits := range []bool{true, false} {
		e := start(t)
		p := e.polling(t, "EIO=4")
		if waits {
			p.get()
		}
		e.on(t, func() { p.session.Send(messages("dropped")...); p.session.Fail("mine") })
		e.awaitClose(t, "mine")
		if waits {
			p.poll.expect(200, "1")
		}
		p.gone()
	}
}

func TestShutdown(t *testing.T) {
	e := start(t)
	waiting, idle := e.polling(t, "EIO=4"), e.polling(t, "EIO=4")
	s := e.openSocket(t, "EIO=4")
	waiting.get()
	e.server.Shutdown()
	waiting.poll.expect(200, "1")
	s.closes(1001)
	for range 3 {
		e.awaitClose(t, "server shutting down")
	}
	idle.gone()
	w := dial(t, e.addr)
	w.get("EIO=4&transport=polling")
	w.expect(503, "")
	u := dial(t, e.addr)
	u.get("EIO=4&transport=websocket", upgradeLines...)
	u.expectUpgrade()
	u.ends()
	if st := e.server.Stats(); st.Polling.V4 != 0 || st.WebSocket.V4 != 0 || st.Held != 0 {
		t.Errorf("stats %+v", st)
	}
}

// TestStopWithoutShutdown: what is on the loop hears of its end.
func TestStopWithoutShutdown(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	p.get()
	e.awaitHeld(t, 1)
	s := e.openSocket(t, "EIO=4")
	e.loop.Stop()
	for range 2 {
		select {
		case end := <-e.closed:
			if end.reason != "transport close" && end.reason != "transport error" {
				t.Error(end.reason)
			}
		case <-e.loop.Done():
		}
	}
	if got := s.ended(); got != 1006 && got != -1 {
		t.Errorf("close code %d", got)
	}
	w := dial(t, e.addr)
	for _, q := range []string{"EIO=4&transport=polling", p.q} {
		w.get(q)
		w.expect(503, "")
	}
	u := dial(t, e.addr)
	u.get("EIO=4&transport=websocket&sid="+p.sid, upgradeLines...)
	u.expect(503, "")
}

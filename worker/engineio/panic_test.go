package engineio_test

import (
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

// A panic in the handler ends the session that it was called for, with all that
// waits on it, and nothing else.

func TestPanicInMessage(t *testing.T) {
	panics := handler(func(a *app) {
		a.message = func(_ *engineio.Session, data []byte, _ bool) bool {
			if string(data) == "panic" {
				panic("asked to")
			}
			return false
		}
	})
	t.Run("WebSocket", func(t *testing.T) {
		e := start(t, panics)
		other := e.openSocket(t, "EIO=4")
		s := e.openSocket(t, "EIO=4")
		s.raw(text("4a"), text("4panic"), text("4b"))
		s.expect("4a")
		s.closes(1005)
		e.awaitClose(t, "transport error")
		other.text("4c")
		other.expect("4c")
	})
	t.Run("POST", func(t *testing.T) {
		e := start(t, panics)
		p := e.polling(t, "EIO=4")
		p.get()
		p.post("4panic\x1e4a")
		p.poll.expect(200, "1")
		e.awaitClose(t, "transport error")
		p.gone()
	})
	t.Run("behind an upgrade", func(t *testing.T) {
		e := start(t, panics)
		p := e.polling(t, "EIO=4")
		s := p.upgrading()
		s.raw(text("2probe"), text("5"), text("4panic"))
		s.closes(1005)
		e.awaitClose(t, "transport error")
	})
}

func TestPanicInOpen(t *testing.T) {
	e := start(t, handler(func(a *app) {
		a.open = func(s *engineio.Session) {
			if s.Request().Query().Has("panic") {
				panic("asked to")
			}
		}
	}))
	w := dial(t, e.addr)
	sid := w.handshake("EIO=4&panic=1")
	e.awaitClose(t, "transport error")
	w.get("EIO=4&transport=polling&sid=" + sid)
	w.expect(400, unknownSID)
	w.handshake("EIO=4")
	s := e.openSocket(t, "EIO=4&panic=1")
	s.closes(1005)
	e.awaitClose(t, "transport error")
	s = e.openSocket(t, "EIO=4")
	s.text("4a")
	s.expect("4a")
}

func TestPanicInClose(t *testing.T) {
	e := start(t, handler(func(a *app) { a.close = func(*engineio.Session) { panic("asked to") } }))
	p := e.polling(t, "EIO=4")
	p.get()
	p.post("1")
	p.poll.expect(200, "6")
	e.awaitClose(t, "transport close")

	p = e.polling(t, "EIO=4") // overlapping
	p.get()
	p.send.get(p.q)
	p.send.expect(400, "")
	p.poll.expect(200, "1")
	e.awaitClose(t, "transport error")

	p = e.polling(t, "EIO=4") // in closing
	e.on(t, p.session.Close)
	p.poll.get(p.q)
	p.poll.expect(200, "6\x1e1")
	e.awaitClose(t, "forced close")

	s := e.openSocket(t, "EIO=4")
	_ = s.Close()
	e.awaitClose(t, "transport close")

	for range 10 { // one panic does not save the others
		e.openSocket(t, "EIO=4")
		e.polling(t, "EIO=4").get()
	}
	e.server.Shutdown()
	for range 20 {
		e.awaitClose(t, "server shutting down")
	}
	e.on(t, func() {}) // the handler is heard before its panic is counted
	e.on(t, func() {}) // and the turn's numbers are published at its end
	if st := e.server.Stats(); st.Panics != 24 || st.Polling.V4+st.WebSocket.V4 != 0 {
		t.Errorf("stats %+v", st)
	}
}

// TestPanicInHooks is a 500, or passed over; the connection's goroutine is not
// the process's end.
func TestPanicInHooks(t *testing.T) {
	for name, change := range map[string]func(*engineio.Options){
		"AllowRequest": func(o *engineio.Options) { o.AllowRequest = func(*engineio.Request) error { panic("asked to") } },
		"GenerateID": func(o *engineio.Options) {
			o.GenerateID = func(*engineio.Request) (string, error) { panic("asked to") }
		},
		"Headers": func(o *engineio.Options) {
			o.Headers = func(*engineio.HeaderLines, *engineio.Request) { panic("asked to") }
		},
		"InitialHeaders": func(o *engineio.Options) {
			o.InitialHeaders = func(*engineio.HeaderLines, *engineio.Request) { panic("asked to") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := start(t, options(change))
			w := dial(t, e.addr)
			w.get("EIO=4&transport=polling")
			w.expect(500, "Internal Server Error")
			w.ends()
			w = dial(t, e.addr)
			w.get("EIO=4&transport=websocket", upgradeLines...)
			w.expect(500, "Internal Server Error")
			w.ends()
		})
	}
	t.Run("ConnectionError", func(t *testing.T) {
		e := start(t, options(func(o *engineio.Options) {
			o.ConnectionError = func(*engineio.Request, *engineio.RequestError) { panic("asked to") }
		}))
		w := dial(t, e.addr)
		w.get("EIO=4&transport=polling&sid=abc")
		w.expect(400, unknownSID)
		w.get("EIO=4&transport=foo")
		w.expect(400, unknownTransport)
	})
}

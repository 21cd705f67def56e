package engineio_test

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/ws"
	"github.com/ioserver/ioserver/worker/engineio"
)

func queueOf(bytes int) func(*setup) {
	return options(func(o *engineio.Options) { o.MaxQueueBytes = bytes })
}

// overflows sends until the session is closed for it.
func (e *engine) overflows(t *testing.T, s *engineio.Session, m *engineio.Message) {
	t.Helper()
	for {
		e.on(t, func() { s.Send(m) })
		select {
		case end := <-e.closed:
			if end.reason != engineio.BufferOverflow {
				t.Fatal(end.reason)
			}
			if st := e.stats(t); st.Overflows != 1 || st.Queues != 1 || ended(st, engineio.BufferOverflow) != 1 {
				t.Errorf("stats %+v", st)
			}
			return
		default:
		}
	}
}

func TestSlowWebSocket(t *testing.T) {
	e := start(t, queueOf(256<<10))
	s := e.openSocket(t, "EIO=4")
	e.overflows(t, e.session(t), engineio.NewBinary(make([]byte, 64<<10)))
	if code := s.ended(); code == 1000 || code == 1005 {
		t.Errorf("close code %d behind a full queue", code)
	}
}

func TestSlowPoller(t *testing.T) {
	e := start(t, queueOf(256<<10))
	p := e.polling(t, "EIO=4")
	e.overflows(t, p.session, engineio.NewText(make([]byte, 1000)))
	p.gone()
}

// TestEmptyMessagesAreCounted, since each costs memory, too.
func TestEmptyMessagesAreCounted(t *testing.T) {
	e := start(t, queueOf(1<<10))
	p := e.polling(t, "EIO=4")
	e.overflows(t, p.session, engineio.NewText(nil))
}

// TestUnreadPongs: a client of revision 3 that never polls cannot have pongs
// pile up.
func TestUnreadPongs(t *testing.T) {
	e := start(t, queueOf(64<<10))
	p := e.polling(t, "EIO=3")
	p.post(strings.Repeat("1:2", 10_000))
	e.awaitClose(t, "buffer overflow")
	p.gone()
}

// TestEmptyQueueTakesAnything, however long.
func TestEmptyQueueTakesAnything(t *testing.T) {
	e := start(t, queueOf(10))
	large := strings.Repeat("x", 3<<20)
	p := e.polling(t, "EIO=4")
	p.say(large)
	p.poll.get(p.q)
	p.poll.expect(200, "4"+large)
	p.get()
	p.say(large)
	p.poll.expect(200, "4"+large)
	s := e.openSocket(t, "EIO=4")
	session := e.session(t)
	for range 2 {
		e.on(t, func() { session.Send(messages(large)...) })
		s.expect("4" + large)
	}
	e.stillOpen(t)
}

// TestPingFlood: a client that asks for pongs and reads none is cut off, long
// before the queue's bound in bytes.
func TestPingFlood(t *testing.T) {
	flood := func(t *testing.T, e *engine, query, frames string) {
		t.Helper()
		w := descriptor(t, e, nil, nil)
		w.get("transport=websocket&"+query, upgradeLines...)
		w.expectUpgrade()
		for range 1000 { // of some 7 kB or more: the system buffers little of the answers
			if _, err := w.Write([]byte(strings.Repeat(frames, 1000))); err != nil {
				return
			}
		}
		t.Error("the flood went on")
	}
	t.Run("frames", func(t *testing.T) {
		e := start(t)
		flood(t, e, "EIO=4", frame(true, ws.OpPing, "x"))
		e.awaitClose(t, "buffer overflow")
		e.flooded(t, 1, 0)
	})
	t.Run("packets", func(t *testing.T) {
		e := start(t)
		flood(t, e, "EIO=3", text("2"))
		e.awaitClose(t, "buffer overflow")
		e.flooded(t, 1, 0)
	})
	t.Run("probes", func(t *testing.T) {
		e := start(t)
		p := e.polling(t, "EIO=4")
		flood(t, e, "EIO=4&sid="+p.sid, text("2probe"))
		again := p.upgrading()
		again.raw(text("2probe"))
		again.expect("3probe")
		e.flooded(t, 0, 1)
	})
	t.Run("frames at a probe", func(t *testing.T) {
		e := start(t)
		p := e.polling(t, "EIO=4")
		flood(t, e, "EIO=4&sid="+p.sid, frame(true, ws.OpPing, "x"))
		e.flooded(t, 0, 1)
	})
}

// flooded expects so many sessions and upgrades to have ended for their client's
// asking and not reading.
func (e *engine) flooded(t *testing.T, sessions, upgrades uint64) {
	t.Helper()
	if st := e.stats(t); st.Replies != sessions || st.Overflows != sessions || st.Probes != upgrades || st.Queues != 0 {
		t.Errorf("stats %+v", st)
	}
}

// TestVolatile: all or none, and only where the client can be written to.
func TestVolatile(t *testing.T) {
	e := start(t)
	p := e.polling(t, "EIO=4")
	volatile := func(texts ...string) (sent bool) {
		e.on(t, func() { sent = p.session.SendVolatile(messages(texts...)...) })
		return
	}
	if volatile("dropped") {
		t.Error("sent without a poll")
	}
	p.get()
	if !volatile("a", "b") {
		t.Error("dropped though a poll waits")
	}
	p.poll.expect(200, "4a\x1e4b")
	if volatile("dropped") {
		t.Error("sent without a poll")
	}
	s := p.upgrading()
	s.raw(text("2probe"), text("5"), text("4c"))
	s.expect("3probe")
	s.expect("4c")
	if !volatile("d", "e") {
		t.Error("dropped by an idle WebSocket")
	}
	s.expect("4d")
	s.expect("4e")

	block := engineio.NewBinary(make([]byte, 1<<20))
	blocked := 0
	for volatile("f") {
		e.on(t, func() { p.session.Send(block) })
		blocked++
	}
	for range blocked {
		s.expect("4f")
		s.next()
	}
	until(t, "it is writable again", func() (ok bool) {
		e.on(t, func() { ok = p.session.Writable() })
		return
	})
	if !volatile("g") {
		t.Error("dropped by a WebSocket that has read everything")
	}
	s.expect("4g")
}

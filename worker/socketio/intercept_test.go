package socketio_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

var errRefused = errors.New("refused")

// Catch-all handlers come first, then the middleware, then the event's own
// handlers, whatever the order of registration.
func TestInterceptOrder(t *testing.T) {
	heard := make(chan string, 20)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		ns := s.Of("/")
		for _, name := range []string{"ok", "bad", "kick", "acked"} {
			ns.On(name, func(_ *socketio.Socket, e *socketio.Event) {
				heard <- "on " + e.Name()
				if e.WantsAck() {
					_ = e.Ack("done")
				}
			})
		}
		for _, who := range []string{"1", "2"} {
			ns.UseEvent(func(s *socketio.Socket, e *socketio.Event) error {
				heard <- "use" + who + " " + e.Name()
				switch e.Name() {
				case "bad":
					return errRefused
				case "acked":
					_ = e.Ack("no")
					return errRefused
				case "kick":
					s.Disconnect(false)
					_ = s.Rooms() // it has happened
				}
				return nil
			})
			ns.OnAny(func(_ *socketio.Socket, e *socketio.Event) { heard <- "any" + who + " " + e.Name() })
		}
		ns.OnEventError(func(_ *socketio.Socket, e *socketio.Event, err error) {
			heard <- "error " + e.Name() + " " + err.Error()
		})
	})
	c := connect(t, addr)
	for _, tt := range []struct{ send, heard string }{
		{`421["ok"]`, "any1 ok, any2 ok, use1 ok, use2 ok, on ok"},
		{`422["bad"]`, "any1 bad, any2 bad, use1 bad, error bad refused"},
		{`423["acked"]`, "any1 acked, any2 acked, use1 acked, error acked refused"},
		{`42["unknown",1]`, "any1 unknown, any2 unknown, use1 unknown, use2 unknown"},
		{`42["kick"]`, "any1 kick, any2 kick, use1 kick, use2 kick"},
	} {
		c.send(tt.send)
		for _, want := range strings.Split(tt.heard, ", ") {
			if got := receive(t, heard); got != want {
				t.Errorf("%s: heard %q, want %q", tt.send, got, want)
			}
		}
	}
	c.expect(`431["done"]`, `433["no"]`, `41`) // "bad" is not acknowledged
	if st := s.Stats(); st.Events != 5 || st.Refusals != 2 || st.Ignored != 0 {
		t.Errorf("%d events, %d refusals, %d ignored", st.Events, st.Refusals, st.Ignored)
	}
	if len(heard) > 0 {
		t.Errorf("also heard %q", <-heard)
	}
}

// A catch-all handler answers events that have no handlers, with their
// arguments and binary; a panic in it ends the socket only.
func TestOnAnyAnswers(t *testing.T) {
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").OnAny(func(_ *socketio.Socket, e *socketio.Event) {
			if e.Name() == "panic" {
				panic("boom")
			}
			_ = e.Ack(e.Name(), e.Args())
		})
	})
	c := connect(t, addr)
	c.send(`421["a",[1,"x"]]`)
	c.expect(`431["a",[1,"x"]]`)
	c.send(`451-2["b",{"_placeholder":true,"num":0}]`)
	c.sendBinary([]byte("bytes"))
	c.expect(`461-2["b",{"_placeholder":true,"num":0}]`, `b"bytes"`)
	c.send(`42["panic"]`)
	c.expect("41")
}

// Without somebody who listens, an error of the middleware is nobody's.
func TestEventErrorUnheard(t *testing.T) {
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").UseEvent(func(_ *socketio.Socket, e *socketio.Event) error {
			if e.Name() == "bad" {
				return errRefused
			}
			return nil
		})
		s.Of("/").On("bad", func(*socketio.Socket, *socketio.Event) { t.Error("handled") })
		s.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
	})
	c := connect(t, addr)
	c.send(`421["bad"]`)
	c.send(`422["echo"]`)
	c.expect("432[]")
}

// Names that clients choose weigh in their queue.
func TestUnknownNamesAreBounded(t *testing.T) {
	hold := make(chan struct{})
	reasons := make(chan string, 1)
	s, addr := start(t, socketio.Options{Limits: socketio.Limits{QueuedBytes: 64 << 10, QueuedEvents: 1 << 20}}, func(s *socketio.Server) {
		s.Of("/").OnAny(func(*socketio.Socket, *socketio.Event) { <-hold })
		s.Of("/").OnDisconnect(func(_ *socketio.Socket, r string) { reasons <- r })
	})
	c := connect(t, addr)
	for range 3 {
		c.send(`42["` + strings.Repeat("x", 40<<10) + `"]`)
	}
	until(t, "the client is paused", func() bool { return s.Stats().Pauses == 1 })
	close(hold)
	c.send("41")
	receive(t, reasons)
}

package socketio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

func paced(t *testing.T, most int) (*socketio.Server, string) {
	return start(t, socketio.Options{Limits: socketio.Limits{EventsPerSecond: most}}, func(s *socketio.Server) {
		s.Of("/").On("n", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
	})
}

func numbered(i int) string { return fmt.Sprintf(`42%d["n"]`, i) }

// others checks that a client that is not ahead is answered, and that nobody else
// is meanwhile.
func others(t *testing.T, s *socketio.Server, addr string) {
	t.Helper()
	for range 20 {
		c := connect(t, addr)
		c.send(numbered(7))
		before := s.Stats().Events
		c.expect("437[]")
		if n := s.Stats().Events; n > before+1 {
			t.Errorf("%d events", n-before)
		}
	}
}

// A client that is far ahead of what it may send is not read from, and loses
// nothing; others do not notice.
func TestPace(t *testing.T) {
	s, addr := paced(t, 4)
	c := connect(t, addr)
	for i := range 100 {
		c.send(numbered(i))
	}
	until(t, "it is held back", func() bool { return s.Stats().Paces == 1 })
	p := poll(t, addr, 4)
	p.post("40")
	p.get()
	posted := make(chan struct{})
	go func() {
		defer close(posted)
		p.post(strings.Repeat(numbered(5)+"\x1e", 99) + numbered(5))
	}()
	until(t, "so is one that polls", func() bool { return s.Stats().Paces == 2 })
	for i := 100; i < 200; i++ {
		c.send(numbered(i))
	}
	others(t, s, addr)
	select {
	case <-posted:
		t.Error("its POST is answered")
	default:
	}
	any := 0
	if err := s.Reconfigure(socketio.Changes{EventsPerSecond: &any}); err != nil {
		t.Fatal(err)
	}
	receive(t, posted)
	for i := range 200 {
		c.expect(fmt.Sprintf("43%d[]", i))
	}
	if n := s.Stats().Paces; n != 2 {
		t.Errorf("held back %d times", n)
	}
	negative := -1
	if s.Reconfigure(socketio.Changes{EventsPerSecond: &negative}) == nil {
		t.Error("a negative pace is taken")
	}
}

// It is read from again when it would have sent them at an even pace.
func TestPaceEnds(t *testing.T) {
	s, addr := paced(t, 40)
	c := connect(t, addr)
	for i := range 70 {
		c.send(numbered(i))
	}
	until(t, "it is held back", func() bool { return s.Stats().Paces == 1 })
	c.send(numbered(70))
	for i := range 71 {
		c.expect(fmt.Sprintf("43%d[]", i))
	}
	_ = c.conn.Close()
	until(t, "it is gone", func() bool { return s.Stats().Sockets == 0 })
}

// What a client acknowledges it was asked for.
func TestPaceOfAcknowledgements(t *testing.T) {
	s, addr := paced(t, 1)
	c := connect(t, addr)
	for range 20 {
		out := emitWithAck(t.Context(), s.Of("/").To(), "q")
		c.answer(`["q"]`, `[]`)
		if got := receive(t, out); got.err != nil {
			t.Fatal(got.err)
		}
	}
	if n := s.Stats().Paces; n != 0 {
		t.Errorf("held back %d times", n)
	}
}

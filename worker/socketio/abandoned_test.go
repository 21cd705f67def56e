package socketio_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// Every socket that middleware was asked about ends in exactly one of
// OnDisconnect and OnAbandoned.
func TestOnAbandoned(t *testing.T) {
	asked, proceed := make(chan string, 4), make(chan error, 4)
	abandoned, gone := make(chan string, 4), make(chan string, 4)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		ns := s.Of("/")
		ns.Use(func(s *socketio.Socket) error {
			asked <- s.ID()
			return <-proceed
		})
		ns.OnAbandoned(func(s *socketio.Socket) { abandoned <- s.ID() })
		ns.OnDisconnect(func(s *socketio.Socket, _ string) { gone <- s.ID() })
	})

	refused := dial(t, addr, 4, "")
	refused.send("40")
	id := receive(t, asked)
	proceed <- errors.New("no")
	if got := receive(t, abandoned); got != id {
		t.Errorf("refused: abandoned %s, want %s", got, id)
	}
	refused.expect(`44{"message":"no"}`)

	hasty := dial(t, addr, 4, "")
	hasty.send("40")
	id = receive(t, asked)
	_ = hasty.conn.Close()
	proceed <- nil
	select {
	case got := <-abandoned:
		if got != id {
			t.Errorf("gone meanwhile: abandoned %s, want %s", got, id)
		}
	case got := <-gone: // let in before the end was seen
		if got != id {
			t.Errorf("gone meanwhile: %s is gone, want %s", got, id)
		}
	}

	stays := dial(t, addr, 4, "")
	stays.send("40")
	id = receive(t, asked)
	proceed <- nil
	if got := stays.next(); !strings.HasPrefix(got, "40") {
		t.Fatalf("answer to CONNECT is %s", got)
	}
	stays.send("41")
	if got := receive(t, gone); got != id {
		t.Errorf("disconnected %s, want %s", got, id)
	}
	if n := len(abandoned); n != 0 {
		t.Errorf("%d sockets abandoned that were let in", n)
	}
}

// A dropped client is not told to stay away.
func TestDrop(t *testing.T) {
	gone := make(chan string, 1)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").On("drop", func(s *socketio.Socket, _ *socketio.Event) { s.Drop() })
		s.Of("/").OnDisconnect(func(_ *socketio.Socket, reason string) { gone <- reason })
	})
	c := connect(t, addr)
	c.send(`42["drop"]`)
	if got := receive(t, gone); got != "forced close" {
		t.Errorf("reason %q", got)
	}
	c.expectClosed()
}

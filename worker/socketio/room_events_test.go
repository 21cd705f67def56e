package socketio_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

func TestRoomEvents(t *testing.T) {
	heard := make(chan string, 30)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		serveRooms(s)
		s.Of("/").Use(func(s *socketio.Socket) error { return s.Join("early") })
		s.Of("/").OnDisconnect(func(*socketio.Socket, string) { heard <- "disconnect" })
		s.Of("/").OnRoom(func(e socketio.RoomEvent) {
			who := ""
			if e.Socket != nil {
				who = " " + e.Socket.ID()
			}
			heard <- e.Kind.String() + " " + e.Room + who
			if e.Room == "panic" {
				panic("boom")
			}
		})
	})
	want := func(all ...string) {
		t.Helper()
		for _, w := range all {
			if got := receive(t, heard); got != w {
				t.Errorf("heard %q, want %q", got, w)
			}
		}
	}
	a := dial(t, addr, 4, "")
	ida := a.join("/")
	want("create-room early", "join-room early "+ida)
	b := dial(t, addr, 4, "")
	idb := b.join("/")
	want("join-room early " + idb)
	a.call("join", `["x","x","panic"]`, "")
	want("create-room x", "join-room x "+ida, "create-room panic", "join-room panic "+ida)
	a.call("leave", `"panic"`, `["early","x"]`)
	want("leave-room panic "+ida, "delete-room panic")
	b.call("leave", `"x"`, `["early"]`) // that it is not in
	_ = s.Of("/").In(idb).SocketsJoin("x")
	want("join-room x " + idb)
	a.call("leave", `"x"`, `["early"]`)
	want("leave-room x " + ida)
	b.send("41")
	left := map[string]bool{}
	for range 4 {
		left[receive(t, heard)] = true
	}
	for _, w := range []string{"leave-room x " + idb, "delete-room x", "leave-room early " + idb, "disconnect"} {
		if !left[w] {
			t.Errorf("did not hear %q: %v", w, left)
		}
	}
	if err := s.Close(); err != nil { // hears all of it
		t.Error(err)
	}
	rest := map[string]bool{}
	for len(heard) > 0 {
		rest[<-heard] = true
	}
	if !rest["leave-room early "+ida] || !rest["delete-room early"] || len(rest) != 3 {
		t.Errorf("at the end: %v", rest)
	}
}

// Handlers that are behind are told what they missed, after what they did not.
func TestRoomEventsLost(t *testing.T) {
	hold, begun := make(chan struct{}), make(chan struct{}, 1)
	heard := make(chan string, 30)
	s, addr := start(t, socketio.Options{Limits: socketio.Limits{RoomEvents: 3}}, func(s *socketio.Server) {
		serveRooms(s)
		s.Of("/").OnRoom(func(e socketio.RoomEvent) {
			if e.Room == "first" {
				begun <- struct{}{}
				<-hold
			}
			heard <- e.Kind.String() + " " + e.Room
		})
	})
	c := connect(t, addr)
	c.call("join", `["first"]`, "")
	receive(t, begun)
	c.call("join", `["second","third"]`, "") // of which the first fits, beside what is being handled
	if n := s.Stats().RoomEventOverflows; n < 2 {
		t.Errorf("%d overflows counted", n)
	}
	close(hold)
	receive(t, begun) // "first" is joined
	var all []string
	for len(all) == 0 || all[len(all)-1] != "lost " {
		all = append(all, receive(t, heard))
	}
	if got := strings.Join(all, ", "); !strings.HasPrefix(got, "create-room first, join-room first, ") {
		t.Errorf("heard %s", got)
	}
}

// A handler may end its goroutine: another goes on.
func TestRoomEventsGoexit(t *testing.T) {
	heard := make(chan string, 10)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		serveRooms(s)
		s.Of("/").OnRoom(func(e socketio.RoomEvent) {
			heard <- e.Kind.String() + " " + e.Room
			runtime.Goexit()
		})
	})
	connect(t, addr).call("join", `["a","b"]`, "")
	for _, want := range []string{"create-room a", "join-room a", "create-room b", "join-room b"} {
		if got := receive(t, heard); got != want {
			t.Errorf("heard %q, want %q", got, want)
		}
	}
}

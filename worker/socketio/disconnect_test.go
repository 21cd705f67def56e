package socketio_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

func TestDisconnectReasons(t *testing.T) {
	var reasons chan string
	var server *socketio.Server
	start1 := func(t *testing.T) (*socketio.Server, string) {
		mine := make(chan string, 20)
		reasons = mine
		s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
			for _, name := range []string{"/", "/b"} {
				s.Of(name).OnDisconnect(func(s *socketio.Socket, reason string) {
					if s.Connected() {
						t.Error("still connected")
					}
					if err := s.Emit("x"); err == nil {
						t.Error("emit to a socket that is gone")
					}
					mine <- name + " " + reason
				})
				s.Of(name).On("leave", func(s *socketio.Socket, e *socketio.Event) {
					var all bool
					_ = e.Decode(&all)
					s.Disconnect(all)
				})
				s.Of(name).On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
			}
		})
		server = s
		return s, addr
	}
	join := func(t *testing.T, addr string) *client {
		c := connect(t, addr)
		c.join("/b")
		return c
	}
	want := func(t *testing.T, want ...string) {
		t.Helper()
		var got []string
		for range want {
			got = append(got, receive(t, reasons))
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		var counts [len(socketio.Reasons)]uint64
		for _, w := range want {
			_, reason, _ := strings.Cut(w, " ")
			counts[slices.Index(socketio.Reasons[:], reason)]++
		}
		until(t, "they are counted", func() bool { return server.Stats().Disconnects == counts })
	}
	t.Run("client namespace disconnect", func(t *testing.T) {
		_, addr := start1(t)
		c := join(t, addr)
		c.send("41/b,")
		want(t, "/b client namespace disconnect")
		c.send(`421["echo"]`)
		c.expect("431[]")
		c.join("/b") // it may come back
	})
	t.Run("server namespace disconnect", func(t *testing.T) {
		_, addr := start1(t)
		c := join(t, addr)
		c.send(`42/b,["leave",false]`)
		c.expect("41/b,")
		want(t, "/b server namespace disconnect")
		c.send(`421["echo"]`)
		c.expect("431[]")
	})
	t.Run("the whole connection", func(t *testing.T) {
		_, addr := start1(t)
		c := join(t, addr)
		c.send(`42/b,["leave",true]`)
		c.expectClosed("41", "41/b,")
		want(t, "/ server namespace disconnect", "/b server namespace disconnect")
	})
	t.Run("transport close", func(t *testing.T) {
		_, addr := start1(t)
		c := join(t, addr)
		_ = c.conn.Close()
		want(t, "/ transport close", "/b transport close")
	})
	t.Run("parse error", func(t *testing.T) {
		_, addr := start1(t)
		c := join(t, addr)
		c.send("x")
		want(t, "/ parse error", "/b parse error")
	})
	t.Run("server shutting down", func(t *testing.T) {
		s, addr := start1(t)
		c := join(t, addr)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		want(t, "/ server shutting down", "/b server shutting down")
		c.expectClosed() // and no "41"
	})
}

// OnDisconnect comes last, and knows the rooms.
func TestDisconnectOrder(t *testing.T) {
	log := make(chan string, 10)
	hold := make(chan struct{})
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		ns := s.Of("/")
		ns.OnConnection(func(s *socketio.Socket) {
			log <- "connection"
			<-hold
			if err := s.Join("a", "b"); err != nil {
				log <- err.Error()
			}
		})
		ns.On("x", func(_ *socketio.Socket, e *socketio.Event) { log <- "event" })
		ns.OnDisconnect(func(s *socketio.Socket, _ string) { log <- "disconnect" })
	})
	c := connect(t, addr)
	for _, want := range []string{"connection"} {
		if got := receive(t, log); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
	c.send(`42["x"]`)
	c.send(`42["x"]`)
	c.send(`41`)
	c.join("/") // an answer: what was before it has arrived
	close(hold)
	want := []string{"join: socket is disconnected", "event", "event", "disconnect", "connection"}
	var got []string
	for range want {
		got = append(got, receive(t, log))
	}
	slices.Sort(got[4:])
	// The second socket's connection may come in between.
	i := slices.Index(got, "connection")
	got = append(slices.Delete(got, i, i+1), "connection")
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRoomsInOnDisconnect(t *testing.T) {
	rooms := make(chan []string, 1)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").OnConnection(func(s *socketio.Socket) { _ = s.Join("a", "b", "a"); _ = s.Leave("a"); _ = s.Emit("joined") })
		s.Of("/").OnDisconnect(func(s *socketio.Socket, _ string) { rooms <- s.Rooms() })
	})
	c := dial(t, addr, 4, "")
	id := c.join("/")
	c.expect(`42["joined"]`)
	c.send("41")
	if got := receive(t, rooms); !slices.Equal(got, []string{id, "b"}) {
		t.Errorf("rooms are %q", got)
	}
}

// What a client sent before the server turned it away is not handled.
func TestNoEventsAfterDisconnect(t *testing.T) {
	log := make(chan string, 10)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		ns := s.Of("/")
		ns.On("first", func(s *socketio.Socket, _ *socketio.Event) {
			log <- "first"
			s.Disconnect(true)
			s.Rooms() // returns when the loop has got there
		})
		ns.On("second", func(*socketio.Socket, *socketio.Event) { log <- "second" })
		ns.OnDisconnect(func(_ *socketio.Socket, r string) { log <- r })
	})
	c := connect(t, addr)
	c.send(`42["first"]`)
	c.send(`42["second"]`)
	for _, want := range []string{"first", "server namespace disconnect"} {
		if got := receive(t, log); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A connection that breaks as the client is let in is heard of in order.
func TestDisconnectedByConnect(t *testing.T) {
	log := make(chan string, 10)
	engine := socketio.DefaultEngine()
	engine.MaxQueueBytes = 200
	s, addr := start(t, socketio.Options{Engine: engine}, func(s *socketio.Server) {
		ns := s.Of("/b")
		ns.OnConnection(func(*socketio.Socket) { log <- "connection" })
		ns.OnDisconnect(func(_ *socketio.Socket, reason string) { log <- reason })
	})
	p := poll(t, addr, 4)
	p.post("40")
	p.get()
	if err := s.Of("/").Emit("long", strings.Repeat("x", 170)); err != nil {
		t.Fatal(err)
	}
	p.post("40/b,")
	if got, want := []string{receive(t, log), receive(t, log)}, []string{"connection", "buffer overflow"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

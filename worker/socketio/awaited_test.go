package socketio_test

import (
	"errors"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// Who decides whether a client may join knows its id, and may use it at once:
// what is sent to it is heard, and rooms that it joins it is in from the start.
func TestIDBeforeTheClientIsIn(t *testing.T) {
	asked, decide := make(chan *socketio.Socket, 1), make(chan error)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").Use(func(s *socketio.Socket) error {
			asked <- s
			return <-decide
		})
	})
	ns := s.Of("/")
	begin := func() (*client, *socketio.Socket) {
		c := dial(t, addr, 4, "")
		c.send("40")
		return c, <-asked
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c, socket := begin()
	id := socket.ID()
	do(ns.To(id).Emit("welcome", 1))
	do(ns.To(id, id, "other").Emit("twice"))
	do(ns.To(id).Except(id).Emit("never"))
	do(ns.Emit("everybody"))
	do(ns.To(id).SocketsJoin("a", "b", "a", id[:20]))
	do(ns.To(id).SocketsLeave("b"))
	do(ns.To("a").Emit("too early for rooms"))
	decide <- nil
	c.expect(`42["welcome",1]`)
	c.expect(`42["twice"]`)
	c.expect(`40{"sid":"` + id + `"}`)
	do(ns.To("a").Emit("in a"))
	do(ns.To("b").Emit("in b"))
	do(ns.To(id).Emit("last"))
	c.expect(`42["in a"]`)
	c.expect(`42["last"]`)
	if rooms := socket.Rooms(); len(rooms) != 3 {
		t.Errorf("in %q", rooms)
	}

	// Who is refused is nobody afterwards.
	c, socket = begin()
	do(ns.To(socket.ID()).SocketsJoin("a"))
	decide <- errors.New("no")
	c.expect(`44{"message":"no"}`)
	do(ns.To(socket.ID()).Emit("never"))
	do(ns.To(socket.ID()).SocketsJoin("a"))
	c.send("40")
	again := <-asked
	decide <- nil
	c.expect(`40{"sid":"` + again.ID() + `"}`)
}

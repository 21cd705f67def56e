package socketio_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/worker/socketio"
)

// newcomerBeat leaves those who are there, whose beats are short, much more time
// than they need to say so.
const newcomerBeat = time.Second

// What a worker asks for as soon as it is there, it asks of all who were there
// before it.
func TestNewcomerAsksAll(t *testing.T) {
	overBuses(t, func(t *testing.T, c crew) {
		all := c.hire(t, 2, serveAllRooms)
		id := dial(t, all[1].addr, 4, "").join("/")
		answers := func(s *socketio.Server) {
			s.Of("/").OnServerSide("here?", func(e *socketio.ServerEvent) { _ = e.Ack("here") })
		}
		answers(all[0].Server)
		answers(all[1].Server)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		c.beat = newcomerBeat
		s := c.enlist(t, 2, answers)
		if sockets, err := s.FetchSockets(ctx); err != nil || len(sockets) != 1 {
			t.Errorf("all: %v, %v", ids(sockets), err)
		}
		s = c.enlist(t, 3, answers)
		if sockets, err := s.Of("/").To(id).FetchSockets(ctx); err != nil || len(sockets) != 1 {
			t.Errorf("one: %v, %v", ids(sockets), err)
		}
		s = c.enlist(t, 4, answers)
		if a, err := s.Of("/").ServerSideEmitWithAck(ctx, "here?"); err != nil || len(a) != 4 {
			t.Errorf("server side: %v, %v", a, err)
		}
	})
}

// So does what it has them join, before it emits to the room.
func TestNewcomerHasAllJoin(t *testing.T) {
	overBuses(t, func(t *testing.T, c crew) {
		all := c.hire(t, 2, serveAllRooms)
		client := connect(t, all[1].addr)
		c.beat = newcomerBeat
		s := c.enlist(t, 2, serveRooms)
		if err := s.SocketsJoin("r"); err != nil {
			t.Fatal(err)
		}
		if !all[1].Of("/").To("r").MayReach() {
			t.Error("another's socket has not joined")
		}
		_ = s.To("r").Emit("n")
		client.expect(`42["n"]`)
	})
}

// One that has had no bus yet does not take itself for all there are.
func TestNewcomerWithoutBus(t *testing.T) {
	c := bounded(socketio.Limits{})
	bus := c.connect
	c.connect = func() broker.Broker {
		b := bus()
		b.(*broker.Memory).Interrupt()
		return b
	}
	s := c.enlist(t, 0, serveRooms)
	here := connect(t, s.addr)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	unmet := func(err error) {
		t.Helper()
		var partial *socketio.PartialError
		if !errors.Is(err, socketio.ErrUnmet) || !errors.As(err, &partial) || len(partial.Missing) > 0 {
			t.Errorf("%v", err)
		}
	}
	all, err := s.FetchSockets(ctx)
	if unmet(err); len(all) != 1 {
		t.Errorf("%v", ids(all))
	}
	_, err = s.Of("/").ServerSideEmitWithAck(ctx, "q")
	unmet(err)
	unmet(s.SocketsJoin("r"))
	if n := s.Stats().JoinsUnconfirmed; n == 0 {
		t.Error("nothing is counted")
	}
	_ = s.To("r").Emit("n") // its own have joined
	here.expect(`42["n"]`)
	out := make(chan error, 1)
	go func() {
		_, err := s.FetchSockets(t.Context())
		out <- err
	}()
	s.bus.(*broker.Memory).Restore()
	if err := receive(t, out); err != nil {
		t.Errorf("with a bus: %v", err)
	}
	if err := s.SocketsJoin("r"); err != nil {
		t.Error(err)
	}
}

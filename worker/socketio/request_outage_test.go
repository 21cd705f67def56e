package socketio_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/worker/socketio"
)

// A request that is made while the bus is away is answered when it is back.
func TestRequestOutage(t *testing.T) {
	all := bounded(socketio.Limits{}).hire(t, 2, serveAllRooms)
	c := connect(t, all[1].addr)
	receive(t, all[0].feed.Met())
	bus := all[0].bus.(*broker.Memory)
	bus.Interrupt()
	out := emitWithAck(t.Context(), all[0].Of("/").To(), "q")
	until(t, "it is kept", func() bool { return all[0].feed.Stats().Deferred > 0 })
	bus.Restore()
	c.answer(`["q"]`, `["a"]`)
	if got := receive(t, out); got.err != nil || len(got.acks.Answers) != 1 {
		t.Errorf("%v", got)
	}
}

// Sockets of others join when they hear of it; who has asked for it does not
// wait for ever.
func TestSocketsJoinOutage(t *testing.T) {
	all := bounded(socketio.Limits{}).hire(t, 2, serveAllRooms)
	c := connect(t, all[1].addr)
	bus := all[0].bus.(*broker.Memory)
	bus.Interrupt()
	err := all[0].SocketsJoin("r")
	var partial *socketio.PartialError
	if !errors.As(err, &partial) || !errors.Is(err, context.DeadlineExceeded) || len(partial.Missing) != 1 {
		t.Errorf("without a bus: %v", err)
	}
	if n := all[0].Stats().JoinsUnconfirmed; n == 0 {
		t.Error("nothing is counted")
	}
	bus.Restore()
	_ = all[0].To("r").Emit("m") // to those who had joined when it was published: nobody for all it knows
	if err := all[0].SocketsJoin("r"); err != nil {
		t.Errorf("with the bus again: %v", err)
	}
	_ = all[0].To("r").Emit("n")
	for got := c.next(); got != `42["n"]`; got = c.next() {
		if got != `42["m"]` {
			t.Fatalf("got %s", got)
		}
	}
}

// The end of a server ends the waiting.
func TestRequestClosed(t *testing.T) {
	all := bounded(socketio.Limits{}).hire(t, 2, serveAllRooms)
	c := connect(t, all[1].addr)
	out := emitWithAck(t.Context(), all[0].Of("/").To(), "q")
	c.next()
	_ = all[0].Close()
	if got := receive(t, out); !errors.Is(got.err, socketio.ErrClosed) {
		t.Errorf("the asker's: %v", got.err)
	}
	if _, err := all[0].Of("/").EmitWithAck(t.Context(), "q"); !errors.Is(err, socketio.ErrClosed) {
		t.Errorf("after it: %v", err)
	}
	if _, err := all[0].FetchSockets(t.Context()); !errors.Is(err, socketio.ErrClosed) {
		t.Errorf("after it: %v", err)
	}
	if err := all[0].SocketsJoin("r"); !errors.Is(err, socketio.ErrClosed) {
		t.Errorf("after it: %v", err)
	}
}

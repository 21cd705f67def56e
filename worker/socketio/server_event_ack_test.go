package socketio_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// An event may be answered long after its handler has returned, and an answer
// that cannot be encoded may be tried again.
func TestServerEventAckLater(t *testing.T) {
	events := make(chan *socketio.ServerEvent, 1)
	all := bounded(socketio.Limits{}).hire(t, 2, func(_ int, s *socketio.Server) {
		s.Of("/").OnServerSide("q", func(e *socketio.ServerEvent) { events <- e })
	})
	type result struct {
		answers []socketio.ServerAnswer
		err     error
	}
	ask := func(ctx context.Context) <-chan result {
		out := make(chan result, 1)
		go func() {
			answers, err := all[0].ServerSideEmitWithAck(ctx, "q")
			out <- result{answers, err}
		}()
		return out
	}
	out := ask(t.Context())
	e := receive(t, events)
	if err := e.Ack(make(chan int)); err == nil {
		t.Error("a channel was encoded")
	}
	if err := e.Ack("later"); err != nil {
		t.Error(err)
	}
	if r := receive(t, out); r.err != nil || len(r.answers) != 1 || string(r.answers[0].Args.JSON) != `["later"]` {
		t.Errorf("%v", r)
	}

	ctx, cancel := context.WithCancel(t.Context())
	out = ask(ctx)
	e = receive(t, events)
	cancel()
	if r := receive(t, out); !errors.Is(r.err, context.Canceled) || len(r.answers) != 0 {
		t.Errorf("%v", r)
	}
	if err := e.Ack("too late"); err != nil {
		t.Error(err)
	}
	if err := all[0].ServerSideEmit("q"); err != nil {
		t.Error(err)
	}
	if e := receive(t, events); e.WantsAck() || !errors.Is(e.Ack(), socketio.ErrNoAck) {
		t.Error("an answer is wanted of what nobody waits for")
	}
	if _, err := all[0].ServerSideEmitWithAck(t.Context(), "connect"); !errors.Is(err, socketio.ErrReserved) {
		t.Errorf("reserved: %v", err)
	}
}

// Events that there is no room for are told to who waits.
func TestServerEventAckOverflow(t *testing.T) {
	let := make(chan struct{})
	all := bounded(socketio.Limits{ServerEvents: 1}).hire(t, 2, func(_ int, s *socketio.Server) {
		s.Of("/").OnServerSide("q", func(e *socketio.ServerEvent) { <-let })
	})
	_ = all[0].ServerSideEmit("q")
	_, err := all[0].ServerSideEmitWithAck(t.Context(), "q")
	if !errors.Is(err, socketio.ErrBusy) {
		t.Errorf("%v", err)
	}
	close(let)
}

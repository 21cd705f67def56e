package socketio_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// A socket's context ends with it, so that handlers that wait do not outlive
// their client for long.
func TestSocketContext(t *testing.T) {
	waiting, ended := make(chan *socketio.Socket), make(chan error)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").On("wait", func(s *socketio.Socket, _ *socketio.Event) {
			waiting <- s
			<-s.Context().Done()
			ended <- s.Context().Err()
		})
		s.Of("/refused").Use(func(s *socketio.Socket) error {
			go func() { waiting <- s }()
			return errors.New("no")
		})
	})
	c := connect(t, addr)
	c.send(`42["wait"]`)
	o := receive(t, waiting)
	if o.Context() != o.Context() || o.Context().Err() != nil {
		t.Error("not one context, or it has ended")
	}
	c.send("41")
	if err := receive(t, ended); !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}

	c = connect(t, addr)
	late := s.Of("/").Sockets()[0]
	c.send("41")
	until(t, "the socket is gone", func() bool { return !late.Connected() })
	if late.Context().Err() == nil { // asked for after its end
		t.Error("the context of a socket that is gone goes on")
	}
	c.send("40/refused,")
	c.expect(`44/refused,{"message":"no"}`)
	if refused := receive(t, waiting); refused.Context().Err() == nil {
		t.Error("the context of a refused socket goes on")
	}
}

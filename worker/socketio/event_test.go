package socketio_test

import (
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

func TestEcho(t *testing.T) {
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) {
			if err := e.Ack(e.Args()); err != nil {
				t.Error(err)
			}
		})
	})
	c := connect(t, addr)
	c.send(`4212["echo","a",{"b":[1,2]}]`)
	c.expect(`4312["a",{"b":[1,2]}]`)
}

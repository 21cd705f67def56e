package socketio_test

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/socketio"
)

func TestBinary(t *testing.T) {
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").On("echo", func(s *socketio.Socket, e *socketio.Event) {
			_ = s.Emit("echoed", e.Args())
			_ = e.Ack("behind", []byte("own"), e.Args())
		})
		s.Of("/").On("decode", func(s *socketio.Socket, e *socketio.Event) {
			var v struct {
				Name string
				File []byte
			}
			var rest any
			if err := e.Decode(&v, &rest); err != nil {
				t.Error(err)
			}
			_ = e.Ack(v.Name, v.File, rest)
		})
	})
	for _, eio := range []int{4, 3} {
		c := dial(t, addr, eio, "")
		if eio == 4 {
			c.join("/")
		} else {
			c.expect("40")
		}
		c.send(`452-9["echo",{"_placeholder":true,"num":0},{"x":[{"_placeholder":true,"num":1}]}]`)
		c.sendBinary([]byte("one"))
		c.sendBinary([]byte("\x00\xff"))
		c.expect(`452-["echoed",{"_placeholder":true,"num":0},{"x":[{"_placeholder":true,"num":1}]}]`, `b"one"`, `b"\x00\xff"`,
			`463-9["behind",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1},{"x":[{"_placeholder":true,"num":2}]}]`,
			`b"own"`, `b"one"`, `b"\x00\xff"`)

		c.send(`452-9["decode",{"name":"n","file":{"_placeholder":true,"num":1}},[{"_placeholder":true,"num":0}]]`)
		c.sendBinary([]byte("a"))
		c.sendBinary([]byte("f"))
		c.expect(`462-9["n",{"_placeholder":true,"num":0},[{"_placeholder":true,"num":1}]]`, `b"f"`, `b"a"`)
	}
}

func TestBinaryBroadcast(t *testing.T) {
	s, addr := start(t, socketio.Options{}, nil)
	four, three := connect(t, addr), dial(t, addr, 3, "")
	three.expect("40")
	_ = s.Of("/").Emit("m", map[string]any{"b": []byte("bytes")})
	for _, c := range []*client{four, three} {
		c.expect(`451-["m",{"b":{"_placeholder":true,"num":0}}]`, `b"bytes"`)
	}
}

func TestWithheldAttachment(t *testing.T) {
	s, addr := start(t, socketio.Options{AttachmentTimeout: 20 * time.Millisecond}, func(s *socketio.Server) {
		s.Of("/").On("x", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
	})
	c := connect(t, addr)
	c.send(`451-1["x",{"_placeholder":true,"num":0}]`)
	c.sendBinary([]byte("in time"))
	c.expect(`431[]`)
	c.send(`452-2["x",{"_placeholder":true,"num":0}]`)
	c.sendBinary([]byte("in time"))
	c.expectClosed()
	if n := s.Stats().AttachmentTimeouts; n != 1 {
		t.Errorf("%d timeouts counted", n)
	}
}

// A socket that the server ends while attachments are due: they are taken and
// dropped, and then the packet has no socket.
func TestAttachmentsOfEndedSocket(t *testing.T) {
	sockets := make(chan *socketio.Socket, 1)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").OnConnection(func(s *socketio.Socket) { sockets <- s })
	})
	c := connect(t, addr)
	c.send(`452-["x",{"_placeholder":true,"num":0}]`)
	c.sendBinary([]byte("a"))
	receive(t, sockets).Disconnect(false)
	c.expect("41")
	c.sendBinary([]byte("b"))
	c.expectClosed()
	if n := s.Stats().Violations; n != 1 {
		t.Errorf("%d violations counted", n)
	}
}

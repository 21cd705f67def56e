package main

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/ioserver/ioserver/worker/socketio"
)

func TestChat(t *testing.T) {
	io, err := socketio.NewServer(socketio.Options{})
	if err != nil {
		t.Fatal(err)
	}
	chat(io.Of("/"))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- io.Serve(l) }()

	ann, bob := dial(t, l.Addr()), dial(t, l.Addr())
	for _, c := range []*websocket.Conn{ann, bob} {
		send(t, c, `421["join","kitchen"]`)
		if got := next(t, c); got != `431["welcome"]` {
			t.Fatalf("joining: %s", got)
		}
	}
	send(t, ann, `42["say","kitchen","tea?"]`)
	if got := next(t, bob); !strings.HasPrefix(got, `42["said","`) || !strings.HasSuffix(got, `","tea?"]`) {
		t.Errorf("bob hears %s", got)
	}

	if err := io.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// dial connects a client of protocol 5 to the root namespace.
func dial(t *testing.T, addr net.Addr) *websocket.Conn {
	t.Helper()
	c, resp, err := websocket.DefaultDialer.Dial("ws://"+addr.String()+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	t.Cleanup(func() { _ = c.Close() })
	next(t, c)
	send(t, c, "40")
	next(t, c)
	return c
}

func send(t *testing.T, c *websocket.Conn, text string) {
	t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func next(t *testing.T, c *websocket.Conn) string {
	t.Helper()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, b, err := c.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

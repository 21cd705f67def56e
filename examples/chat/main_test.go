package main

import (
	"net"
	"os"
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
	io.Of("/").On("say", say)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- io.Serve(l) }()

	ann, bob := dial(t, l.Addr()), dial(t, l.Addr())
	send(t, ann, `42["say",{"not":"text"}]`)
	send(t, ann, `42["say","tea?"]`)
	if got := next(t, bob); !strings.HasPrefix(got, `42["said","`) || !strings.HasSuffix(got, `","tea?"]`) {
		t.Errorf("bob hears %s", got)
	}
	send(t, bob, `42["say","milk?"]`)
	if got := next(t, ann); !strings.HasSuffix(got, `","milk?"]`) { // and not what she said
		t.Errorf("ann hears %s", got)
	}

	if err := io.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// The guide shows the program as it is.
func TestGuideShowsIt(t *testing.T) {
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../../docs/embedding.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, code, _ := strings.Cut(string(program), "\n)\n\n"); code == "" || !strings.Contains(string(guide), "```go\n"+code+"```") {
		t.Error("docs/embedding.md shows another program")
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

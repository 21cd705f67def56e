package socketio_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/ioserver/ioserver/worker/socketio"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// start serves on a loopback port until the test ends.
func start(t testing.TB, o socketio.Options, set func(*socketio.Server)) (*socketio.Server, string) {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	s, err := socketio.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	if set != nil {
		set(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-served; err != nil && !errors.Is(err, socketio.ErrClosed) { // closed before it was served
			t.Errorf("serve: %v", err)
		}
	})
	return s, l.Addr().String()
}

// client speaks Socket.IO over a WebSocket, packet by packet.
type client struct {
	t    testing.TB
	conn *websocket.Conn
	eio  int
	sid  string // of the Engine.IO session
}

// dial opens a session of a revision; query is appended to the URL.
func dial(t testing.TB, addr string, eio int, query string) *client {
	t.Helper()
	url := fmt.Sprintf("ws://%s/socket.io/?EIO=%d&transport=websocket%s", addr, eio, query)
	c := &client{t: t, conn: dialRaw(t, url), eio: eio}
	open := c.next()
	if !strings.HasPrefix(open, `0{"sid":"`) {
		t.Fatalf("open packet is %q", open)
	}
	c.sid, _, _ = strings.Cut(strings.TrimPrefix(open, `0{"sid":"`), `"`)
	return c
}

func dialRaw(t testing.TB, url string) *websocket.Conn {
	t.Helper()
	conn, resp, err := websocket.DefaultDialer.Dial(url, http.Header{"X-Test": {"yes"}})
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// connect opens a session and joins the root namespace.
func connect(t testing.TB, addr string) *client {
	t.Helper()
	c := dial(t, addr, 4, "")
	c.join("/")
	return c
}

// join joins a namespace and returns the socket's id.
func (c *client) join(namespace string) string {
	c.t.Helper()
	prefix := ""
	if namespace != "/" {
		prefix = namespace + ","
	}
	c.send("40" + prefix)
	answer := c.next()
	id, ok := strings.CutPrefix(answer, "40"+prefix+`{"sid":"`)
	if !ok {
		c.t.Fatalf("answer to CONNECT is %q", answer)
	}
	return strings.TrimSuffix(id, `"}`)
}

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatalf("send %q: %v", text, err)
	}
}

func (c *client) sendBinary(b []byte) {
	c.t.Helper()
	if c.eio == 3 {
		b = append([]byte{4}, b...)
	}
	if err := c.conn.WriteMessage(websocket.BinaryMessage, b); err != nil {
		c.t.Fatalf("send binary: %v", err)
	}
}

// next returns the next message; binary as "b" and the bytes in quotes. Pings
// are answered.
func (c *client) next() string {
	c.t.Helper()
	for {
		s, err := c.read()
		if err != nil {
			c.t.Fatalf("read: %v", err)
		}
		if s == "2" && c.eio == 4 {
			c.send("3")
			continue
		}
		return s
	}
}

func (c *client) read() (string, error) {
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	kind, b, err := c.conn.ReadMessage()
	if err != nil {
		return "", err
	}
	if kind == websocket.BinaryMessage {
		if c.eio == 3 {
			b = bytes.TrimPrefix(b, []byte{4})
		}
		return "b" + strconv.Quote(string(b)), nil
	}
	return string(b), nil
}

// expect reads these messages, in this order.
func (c *client) expect(want ...string) {
	c.t.Helper()
	for _, w := range want {
		if got := c.next(); got != w {
			c.t.Fatalf("got %s, want %s", got, w)
		}
	}
}

// expectClosed reads until the server has closed the connection; nothing but
// these messages may come before.
func (c *client) expectClosed(want ...string) {
	c.t.Helper()
	c.expect(want...)
	if s, err := c.read(); err == nil {
		c.t.Fatalf("got %s, want the connection closed", s)
	}
}

// receive waits for a value.
func receive[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// until waits for what only a counter tells of.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

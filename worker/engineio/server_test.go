package engineio_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
)

// patience bounds every wait of a test; it ends early.
const patience = 10 * time.Second

// echo sends back what it hears, and records the ends of sessions.
type echo struct {
	mu     sync.Mutex
	opened chan *engineio.Session
	closed chan engineio.Reason
	greet  *engineio.Message
}

func newEcho() *echo {
	return &echo{opened: make(chan *engineio.Session, 64), closed: make(chan engineio.Reason, 64)}
}

func (e *echo) Open(s *engineio.Session) {
	if e.greet != nil {
		s.Send(e.greet)
	}
	e.opened <- s
}

func (e *echo) Message(s *engineio.Session, data []byte, binary bool) {
	data = append([]byte(nil), data...)
	if binary {
		s.Send(engineio.NewBinary(data))
		return
	}
	if string(data) == "panic" {
		panic("asked to")
	}
	if string(data) == "close" {
		s.Close()
		return
	}
	s.Send(engineio.NewText(data))
}

func (e *echo) Close(_ *engineio.Session, r engineio.Reason) { e.closed <- r }

func (e *echo) awaitClose(t *testing.T, want engineio.Reason) {
	t.Helper()
	select {
	case r := <-e.closed:
		if r != want {
			t.Fatalf("session closed: %q, want %q", r, want)
		}
	case <-time.After(patience):
		t.Fatal("the session did not close")
	}
}

// engine is a front with one server on loopback.
type engine struct {
	*echo
	addr   string
	server *engineio.Server
	front  *engineio.Front
	loop   *loop.Loop
}

func start(t *testing.T, change func(*engineio.Options)) *engine {
	t.Helper()
	l, err := loop.New(loop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := engineio.DefaultOptions()
	if change != nil {
		change(&o)
	}
	e := &engine{echo: newEcho(), loop: l}
	if e.server, err = engineio.NewServer(l, o, e.echo); err != nil {
		t.Fatal(err)
	}
	e.front = engineio.NewFront(l, engineio.FrontOptions{})
	e.front.Mount(e.server)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e.addr = ln.Addr().String()
	var wg sync.WaitGroup
	wg.Add(2)
	go func() { defer wg.Done(); _ = l.Run() }()
	go func() { defer wg.Done(); _ = e.front.Serve(ln) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		e.server.Shutdown()
		if err := e.front.Close(ctx); err != nil {
			t.Error("front:", err)
		}
		l.Stop()
		wg.Wait()
	})
	return e
}

// on runs f on the loop and waits for it.
func (e *engine) on(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	if !e.loop.Post(loop.Func(func() { defer close(done); f() })) {
		t.Fatal("the loop has stopped")
	}
	<-done
}

// wire is a raw HTTP connection.
type wire struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func dial(t *testing.T, addr string) *wire {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return &wire{Conn: c, t: t, r: bufio.NewReader(c)}
}

func (w *wire) send(lines ...string) {
	w.t.Helper()
	if _, err := io.WriteString(w.Conn, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) get(query string) { w.send("GET /engine.io/?"+query+" HTTP/1.1", "Host: x") }

func (w *wire) post(query, body string) {
	w.t.Helper()
	if _, err := fmt.Fprintf(w.Conn, "POST /engine.io/?%s HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: %d\r\n\r\n%s", query, len(body), body); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) answer() (status int, body string, h http.Header) {
	w.t.Helper()
	r, err := http.ReadResponse(w.r, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return r.StatusCode, string(b), r.Header
}

func (w *wire) expect(status int, body string) {
	w.t.Helper()
	s, b, _ := w.answer()
	if s != status || b != body {
		w.t.Fatalf("answer %d %q, want %d %q", s, b, status, body)
	}
}

// handshake opens a polling session and returns its id.
func (w *wire) handshake(query string) string {
	w.t.Helper()
	w.get("transport=polling&" + query)
	status, body, _ := w.answer()
	_, rest, ok := strings.Cut(body, `"sid":"`)
	sid, _, ok2 := strings.Cut(rest, `"`)
	if status != 200 || !ok || !ok2 {
		w.t.Fatalf("handshake: %d %q", status, body)
	}
	return sid
}

package engineio_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/valyala/fasthttp"
)

// TestSeveralServers share a front with a handler of the program's own; the
// longest path wins.
func TestSeveralServers(t *testing.T) {
	second := newApp()
	second.message = func(s *engineio.Session, data []byte, _ bool) bool {
		s.Send(messages("second " + string(data))...)
		return true
	}
	e := start(t, func(s *setup) {
		o := engineio.DefaultOptions()
		o.Path, o.MaxHTTPBufferSize, o.PingInterval = "/engine.io/second", 1000, 77*time.Second
		other, err := engineio.NewServer(s.loop, o, second)
		if err != nil {
			t.Fatal(err)
		}
		s.mount = append(s.mount, other)
		s.fallback = func(ctx *fasthttp.RequestCtx) {
			if string(ctx.Path()) == "/panic" {
				panic("asked to")
			}
			ctx.SetBodyString(string(ctx.Method()) + " " + string(ctx.Path()) + " " + string(ctx.PostBody()))
		}
	})
	if e.server.Path() != "/engine.io/" {
		t.Error(e.server.Path())
	}
	w := dial(t, e.addr)
	get := func(method, path, body string) (int, string) {
		t.Helper()
		w.write(strings.Replace(head(method, "", body), "/engine.io/?", path, 1) + body)
		status, answer, _ := w.answer()
		return status, answer
	}
	for path, want := range map[string]string{
		"/": "GET / ", "/engine.io": "GET /engine.io ", "/engine.io?transport=polling": "GET /engine.io ", "/Engine.io/": "GET /Engine.io/ ",
		"/x/engine.io/?EIO=4&transport=polling": "GET /x/engine.io/ ",
	} {
		if status, body := get("GET", path, ""); status != 200 || body != want {
			t.Errorf("%s: %d %q", path, status, body)
		}
	}
	if status, body := get("PUT", "/own", strings.Repeat("x", 1_100_000)); status != 200 || len(body) < 1_100_000 {
		t.Errorf("a body of the program's own: %d", status)
	}
	if _, body := get("GET", "/engine.io/any/thing?EIO=4&transport=polling", ""); parseOpen(t, body).PingInterval != 25000 {
		t.Errorf("first: %q", body)
	}
	_, body := get("GET", "/engine.io/second/?EIO=4&transport=polling", "")
	sid := parseOpen(t, body).SID
	if parseOpen(t, body).PingInterval != 77000 {
		t.Errorf("second: %q", body)
	}
	q := "/engine.io/second/?EIO=4&transport=polling&sid=" + sid
	if status, _ := get("POST", q, "4hello"); status != 200 {
		t.Error(status)
	}
	if _, body := get("GET", q, ""); body != "4second hello" {
		t.Errorf("second: %q", body)
	}
	if status, body := get("GET", "/engine.io/?EIO=4&transport=polling&sid="+sid, ""); body != unknownSID {
		t.Errorf("a session of another server: %d %q", status, body)
	}
	if status, _ := get("POST", q, "4"+strings.Repeat("x", 1000)); status != 413 {
		t.Errorf("over the second's limit: %d", status)
	}
	w = dial(t, e.addr)
	if status, _ := get("GET", "/panic", ""); status != 500 {
		t.Error(status)
	}
}

func TestMountTwice(t *testing.T) {
	e := start(t)
	defer func() {
		if recover() == nil {
			t.Error("two servers at one path")
		}
	}()
	e.front.Mount(e.server)
}

func TestNoFallback(t *testing.T) {
	e := start(t)
	w := dial(t, e.addr)
	w.write("GET / HTTP/1.1\r\nHost: host.test\r\n\r\n")
	w.expect(404, "Not Found")
}

// TestServeFD serves a descriptor behind bytes that were read before.
func TestServeFD(t *testing.T) {
	e := start(t)
	for _, remote := range []net.Addr{nil, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 7}} {
		w := descriptor(t, e, []byte("GET /engine.io/?EIO=4&tran"), remote)
		w.write("sport=polling HTTP/1.1\r\nHost: host.test\r\n\r\n")
		_, body, _ := w.answer()
		s := e.session(t)
		if got := s.Request().Remote; fmt.Sprint(got) != fmt.Sprint(remote) {
			t.Errorf("remote %v, want %v", got, remote)
		}
		w.get("EIO=4&transport=polling&sid=" + parseOpen(t, body).SID)
		e.awaitHeld(t, 1)
		e.on(t, func() { s.Send(messages("a")...) })
		w.expect(200, "4a")
		w.get("EIO=4&transport=websocket", upgradeLines...)
		w.expectUpgrade()
		w.write(text("4b"))
		w.frames("4b")
		if got := e.session(t).Request().Remote; fmt.Sprint(got) != fmt.Sprint(remote) {
			t.Errorf("remote %v behind a poll that waited, want %v", got, remote)
		}
	}
}

// TestFallbackHijacks as on any fasthttp server: the connection ends with the
// function.
func TestFallbackHijacks(t *testing.T) {
	e := start(t, func(s *setup) {
		s.fallback = func(ctx *fasthttp.RequestCtx) {
			ctx.Hijack(func(c net.Conn) { _, _ = io.Copy(c, io.LimitReader(c, 5)) })
		}
	})
	before := e.census(t)
	w := dial(t, e.addr)
	w.write("GET / HTTP/1.1\r\nHost: host.test\r\n\r\nhello")
	w.expect(200, "")
	b, err := io.ReadAll(w.r)
	if err != nil || string(b) != "hello" {
		t.Errorf("%q, %v", b, err)
	}
	_ = w.Close()
	before.restored(t, e)
}

// TestFrontClose answers what is under way, also polls that wait.
func TestFrontClose(t *testing.T) {
	inHook, release := make(chan struct{}), make(chan struct{})
	e := start(t, options(func(o *engineio.Options) {
		o.AllowRequest = func(r *engineio.Request) error {
			if r.Query().Has("slow") {
				close(inHook)
				<-release
			}
			return nil
		}
	}))
	p := e.polling(t, "EIO=4")
	p.get()
	e.awaitHeld(t, 1)
	idle, slow := dial(t, e.addr), dial(t, e.addr)
	idle.handshake("EIO=4")
	slow.get("EIO=4&transport=polling&slow=1")
	<-inHook
	closed := make(chan error)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		closed <- e.front.Close(ctx)
	}()
	idle.ends()
	if c, err := net.Dial("tcp", e.addr); err == nil {
		t.Error("still listening")
		_ = c.Close()
	}
	e.server.Shutdown()
	r, err := http.ReadResponse(p.poll.r, nil)
	if err != nil || !r.Close {
		t.Fatal(r, err)
	}
	if b, _ := io.ReadAll(r.Body); string(b) != "1" {
		t.Errorf("the poll that waited got %q", b)
	}
	p.poll.ends()
	close(release)
	if status, _, _ := slow.answer(); status != 503 {
		t.Error(status)
	}
	slow.ends()
	if err := <-closed; err != nil {
		t.Error(err)
	}
	late, other := net.Pipe()
	e.front.ServeConn(late)
	if _, err := other.Read(make([]byte, 1)); err != io.EOF {
		t.Error(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.front.Serve(ln); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	e.stopped = true
}

// TestFrontCloseCut does not wait longer than it is told to.
func TestFrontCloseCut(t *testing.T) {
	inHook, release := make(chan struct{}, 1), make(chan struct{})
	e := start(t, options(func(o *engineio.Options) {
		o.AllowRequest = func(r *engineio.Request) error {
			if r.Query().Has("slow") {
				inHook <- struct{}{}
				<-release
			}
			return nil
		}
	}))
	p := e.polling(t, "EIO=4")
	p.get()
	e.awaitHeld(t, 1)
	half := dial(t, e.addr)
	half.write("POST ")
	slow := dial(t, e.addr)
	slow.get("EIO=4&transport=polling&slow=1")
	<-inHook
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	closed := make(chan error)
	go func() { closed <- e.front.Close(ctx) }()
	half.isCut()
	slow.isCut() // its hook is waited for all the same
	close(release)
	if err := <-closed; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	e.server.Shutdown()
	p.poll.ends()
	e.stopped = true
}

// TestNoDescriptor: over what is no socket a poll cannot wait, and the session
// ends; the process does not.
func TestNoDescriptor(t *testing.T) {
	e := start(t)
	w := pipe(t, e)
	sid := w.handshake("EIO=4")
	w.get("EIO=4&transport=polling&sid=" + sid)
	e.awaitClose(t, "transport error")
	w.ends()
	w = pipe(t, e)
	w.get("EIO=4&transport=websocket", upgradeLines...)
	w.expectUpgrade()
	w.ends()
}

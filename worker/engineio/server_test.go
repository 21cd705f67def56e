package engineio_test

import (
	"context"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
	"github.com/valyala/fasthttp"
)

// patience bounds every wait of a test; it ends early.
const patience = 10 * time.Second

// ending is what a session's end was told as.
type ending struct {
	sid    string
	reason engineio.Reason
}

// app is a handler: it sends back what it hears and records the ends of
// sessions, unless a test wants something else. The functions run on the loop.
type app struct {
	opened chan *engineio.Session
	closed chan ending

	open    func(*engineio.Session)
	message func(s *engineio.Session, data []byte, binary bool) (done bool)
	close   func(*engineio.Session)
}

func newApp() *app {
	return &app{opened: make(chan *engineio.Session, 4096), closed: make(chan ending, 4096)}
}

func (a *app) Open(s *engineio.Session) {
	if a.open != nil {
		a.open(s)
	}
	a.opened <- s
}

func (a *app) Message(s *engineio.Session, data []byte, binary bool) {
	if a.message != nil && a.message(s, data, binary) {
		return
	}
	data = append([]byte(nil), data...)
	if binary {
		s.Send(engineio.NewBinary(data))
		return
	}
	s.Send(engineio.NewText(data))
}

func (a *app) Close(s *engineio.Session, r engineio.Reason) {
	a.closed <- ending{s.ID(), r}
	if a.close != nil {
		a.close(s)
	}
}

// session waits for the next one to open.
func (a *app) session(t testing.TB) *engineio.Session {
	t.Helper()
	select {
	case s := <-a.opened:
		return s
	case <-time.After(patience):
		t.Fatal("no session opened")
		return nil
	}
}

// awaitClose waits for the next session to end.
func (a *app) awaitClose(t testing.TB, want engineio.Reason) {
	t.Helper()
	select {
	case e := <-a.closed:
		if e.reason != want {
			t.Fatalf("session closed: %q, want %q", e.reason, want)
		}
	case <-time.After(patience):
		t.Fatalf("the session did not close: want %q", want)
	}
}

// stillOpen fails where a session has ended.
func (a *app) stillOpen(t testing.TB) {
	t.Helper()
	select {
	case e := <-a.closed:
		t.Fatalf("session closed: %q", e.reason)
	default:
	}
}

// engine is a front with one server on loopback.
type engine struct {
	*app
	addr    string
	server  *engineio.Server
	front   *engineio.Front
	loop    *loop.Loop
	stopped bool // the front is closed already
}

// setup is what a test changes before the engine starts.
type setup struct {
	options  engineio.Options
	app      *app
	first    func(*fasthttp.RequestCtx) bool
	fallback fasthttp.RequestHandler
	server   func(*engineio.Server)
	front    func(*engineio.Front)
	mount    []*engineio.Server // others on the same front
	loop     *loop.Loop
	logger   *slog.Logger // of the front
}

func start(t testing.TB, change ...func(*setup)) *engine {
	t.Helper()
	l, err := loop.New(loop.Options{Logger: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	set := &setup{options: engineio.DefaultOptions(), app: newApp(), loop: l, logger: quiet()}
	set.options.Logger = quiet()
	for _, f := range change {
		f(set)
	}
	e := &engine{app: set.app, loop: l}
	if e.server, err = engineio.NewServer(l, set.options, e.app); err != nil {
		t.Fatal(err)
	}
	e.front = engineio.NewFront(l, engineio.FrontOptions{First: set.first, Fallback: set.fallback, Logger: set.logger})
	for _, s := range append(set.mount, e.server) {
		e.front.Mount(s)
	}
	if set.server != nil {
		set.server(e.server)
	}
	if set.front != nil {
		set.front(e.front)
	}
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
		for _, s := range append(set.mount, e.server) {
			s.Shutdown()
		}
		if !e.stopped {
			if err := e.front.Close(ctx); err != nil {
				t.Error("front:", err)
			}
		}
		l.Stop()
		wg.Wait()
	})
	return e
}

// options changes the server's.
func options(f func(*engineio.Options)) func(*setup) {
	return func(s *setup) { f(&s.options) }
}

// handler changes the application.
func handler(f func(*app)) func(*setup) {
	return func(s *setup) { f(s.app) }
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// on runs f on the loop and waits for it.
func (e *engine) on(t testing.TB, f func()) {
	t.Helper()
	done := make(chan struct{})
	if !e.loop.Post(loop.Func(func() { defer close(done); f() })) {
		t.Fatal("the loop has stopped")
	}
	<-done
}

// stats are the server's as of a turn that is over.
func (e *engine) stats(t testing.TB) engineio.Stats {
	t.Helper()
	var turns uint64
	e.on(t, func() { turns = e.loop.Stats().Turns })
	until(t, "the turn is over", func() bool { return e.loop.Stats().Turns > turns })
	return e.server.Stats()
}

// until waits for what nobody tells of.
func until(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !condition(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain until ", what)
		}
	}
}

// awaitHeld waits until n polls wait on the loop.
func (e *engine) awaitHeld(t testing.TB, n int64) {
	t.Helper()
	until(t, "the polls wait", func() bool { return e.server.Stats().Held == n })
}

package loop_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
)

// logBuffer collects what is logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var errBoom = errors.New("boom")

// One of many connections that are ready in one batch panics: it is closed, the others are served.
func TestPanicInDataClosesThatConnOnly(t *testing.T) {
	var log logBuffer
	l := start(t, loop.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	closed := make(chan error, 10)
	var peers []net.Conn
	for i := range 9 {
		fd, peer := pair(t)
		peers = append(peers, peer)
		attach(t, l, fd, &handler{
			data: func(c *loop.Conn, b []byte) {
				if i%3 == 1 {
					panic(errBoom)
				}
				echo(c, b)
			},
			closed: func(_ *loop.Conn, err error) { closed <- err },
		})
	}
	release := hold(t, l)
	for _, p := range peers {
		n, err := p.Write([]byte("x"))
		must(t, n, err)
	}
	release()
	for i, p := range peers {
		_, err := io.ReadFull(p, make([]byte, 1))
		if i%3 == 1 && err == nil || i%3 != 1 && err != nil {
			t.Errorf("connection %d: %v", i, err)
		}
	}
	for range 3 {
		var p *loop.PanicError
		if err := await(t, closed); !errors.As(err, &p) || !errors.Is(err, errBoom) {
			t.Errorf("closed with %v", err)
		}
	}
	settle(t, l)
	if s := l.Stats(); s.Panics != 3 || s.Conns != 6 {
		t.Errorf("%d panics, %d connections left", s.Panics, s.Conns)
	}
	if s := log.String(); strings.Count(s, "boom") < 3 || !strings.Contains(s, "TestPanicInData") {
		t.Errorf("logged without the stack: %s", s)
	}
}

func TestPanicElsewhere(t *testing.T) {
	quiet := loop.Options{Logger: slog.New(slog.DiscardHandler)}
	boom := func() { panic(errBoom) }
	t.Run("task", func(t *testing.T) {
		l := start(t, quiet)
		release := hold(t, l)
		l.Post(loop.Func(boom))
		l.Post(loop.Func(boom))
		release()
		on(t, l, func() {})
		settle(t, l)
		if n := l.Stats().Panics; n != 2 {
			t.Errorf("%d panics", n)
		}
	})
	t.Run("closed", func(t *testing.T) {
		l := start(t, quiet)
		fd, peer := pair(t)
		calls := 0
		attach(t, l, fd, &handler{closed: func(*loop.Conn, error) { calls++; boom() }})
		peer.Close()
		gone(t, l)
		on(t, l, func() {
			if calls != 1 {
				t.Errorf("closed %d times", calls)
			}
		})
	})
	t.Run("data then closed", func(t *testing.T) {
		l := start(t, quiet)
		fd, peer := pair(t)
		attach(t, l, fd, &handler{data: func(*loop.Conn, []byte) { boom() }, closed: func(*loop.Conn, error) { boom() }})
		n, err := peer.Write([]byte("x"))
		must(t, n, err)
		gone(t, l)
		settle(t, l)
		if n := l.Stats().Panics; n != 2 {
			t.Errorf("%d panics", n)
		}
	})
	t.Run("data after close", func(t *testing.T) {
		l := start(t, quiet)
		fd, peer := pair(t)
		attach(t, l, fd, &handler{
			data:   func(c *loop.Conn, _ []byte) { c.Close(); boom() },
			closed: func(*loop.Conn, error) { t.Error("the owner closed it himself") },
		})
		n, err := peer.Write([]byte("x"))
		must(t, n, err)
		gone(t, l)
		settle(t, l)
	})
	t.Run("writable", func(t *testing.T) {
		l := start(t, quiet)
		fd, peer := pair(t)
		closed := make(chan error, 1)
		c := attach(t, l, fd, &handler{writable: func(*loop.Conn) { boom() }, closed: func(_ *loop.Conn, err error) { closed <- err }})
		on(t, l, func() { c.Write(make([]byte, 8<<20)) })
		io.Copy(io.Discard, peer)
		if err := await(t, closed); !errors.Is(err, errBoom) {
			t.Errorf("closed with %v", err)
		}
	})
	t.Run("expire", func(t *testing.T) {
		l := start(t, quiet)
		var first, second loop.Timer
		fired := make(chan struct{})
		on(t, l, func() {
			l.Arm(&first, l.Now(), expirer(func(*loop.Timer) { boom() }))
			l.Arm(&second, l.Now(), expirer(func(*loop.Timer) { close(fired) }))
		})
		await(t, fired)
	})
	t.Run("turn end", func(t *testing.T) {
		var calls int
		l := start(t, quiet, func(l *loop.Loop) {
			l.AtTurnEnd(boom)
			l.AtTurnEnd(func() { calls++ })
		})
		settle(t, l)
		on(t, l, func() {
			if calls == 0 {
				t.Error("the next hook was left out")
			}
		})
	})
	t.Run("while stopping", func(t *testing.T) {
		l := start(t, quiet)
		for range 3 {
			fd, _ := pair(t)
			attach(t, l, fd, &handler{closed: func(*loop.Conn, error) { boom() }})
		}
		release := hold(t, l)
		l.Post(loop.Func(boom))
		l.Stop()
		release()
		await(t, l.Done())
		if s := l.Stats(); s.Panics != 4 || s.Conns != 0 {
			t.Errorf("%d panics, %d connections left", s.Panics, s.Conns)
		}
	})
}

// A handler that ends the goroutine it runs on (as t.FailNow does) still leaves nothing open.
func TestGoexitEndsTheLoopCleanly(t *testing.T) {
	l, err := loop.New(loop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	go l.Run()
	fd, peer := pair(t)
	closed := make(chan error, 1)
	attach(t, l, fd, &handler{closed: func(_ *loop.Conn, err error) { closed <- err }})
	l.Post(loop.Func(goexit))
	await(t, l.Done())
	if err := await(t, closed); !errors.Is(err, loop.ErrStopped) {
		t.Errorf("closed with %v", err)
	}
	peer.SetReadDeadline(time.Now().Add(patience))
	if _, err := peer.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the peer read %v", err)
	}
}

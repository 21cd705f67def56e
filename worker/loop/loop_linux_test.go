package loop_test

import (
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must happen.
const patience = 10 * time.Second

// start runs a loop for the test's length.
func start(t testing.TB, o loop.Options, setup ...func(*loop.Loop)) *loop.Loop {
	t.Helper()
	l, err := loop.New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range setup {
		f(l)
	}
	go func() {
		if err := l.Run(); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	t.Cleanup(func() { l.Stop(); <-l.Done() })
	return l
}

// on runs f on the loop and waits for it.
func on(t testing.TB, l *loop.Loop, f func()) {
	t.Helper()
	done := make(chan struct{})
	if !l.Post(loop.Func(func() { defer close(done); f() })) {
		t.Fatal("the loop has been stopped")
	}
	await(t, done)
}

func await[T any](t testing.TB, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatal("nothing happened")
	}
	return v
}

// pair is a socketpair: a non-blocking descriptor for the loop, and the peer's end, closed with the test.
func pair(t testing.TB) (fd int, peer net.Conn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fds[1]), "peer")
	peer, err = net.FileConn(f)
	f.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { peer.Close() })
	peer.SetDeadline(time.Now().Add(patience))
	return fds[0], peer
}

// handler is a loop.Handler made of optional functions.
type handler struct {
	data     func(*loop.Conn, []byte)
	closed   func(*loop.Conn, error)
	writable func(*loop.Conn)
}

func (h *handler) Data(c *loop.Conn, b []byte) {
	if h.data != nil {
		h.data(c, b)
	}
}

func (h *handler) Closed(c *loop.Conn, err error) {
	if h.closed != nil {
		h.closed(c, err)
	}
}

func (h *handler) Writable(c *loop.Conn) {
	if h.writable != nil {
		h.writable(c)
	}
}

// hold keeps the loop busy until release is called, so that what happens meanwhile is one turn's work.
func hold(t testing.TB, l *loop.Loop) (release func()) {
	t.Helper()
	held, free := make(chan struct{}), make(chan struct{})
	l.Post(loop.Func(func() { close(held); <-free }))
	await(t, held)
	return sync.OnceFunc(func() { close(free) })
}

// settle waits until the loop has been through two whole turns: what was pending has been done and written.
func settle(t testing.TB, l *loop.Loop) {
	t.Helper()
	var first uint64
	on(t, l, func() {})
	first = l.Stats().Turns
	for l.Stats().Turns < first+2 {
		on(t, l, func() {})
	}
}

// must writes to or reads from a peer.
func must(t testing.TB, n int, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("after %d bytes: %v", n, err)
	}
}

// echo answers with what it reads.
func echo(c *loop.Conn, b []byte) { c.Write(append([]byte(nil), b...)) }

func attach(t testing.TB, l *loop.Loop, fd int, h loop.Handler) (c *loop.Conn) {
	t.Helper()
	on(t, l, func() {
		var err error
		if c, err = l.Attach(fd, h); err != nil {
			t.Errorf("attach: %v", err)
		}
	})
	return c
}

func TestEcho(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := pair(t)
	closed := make(chan error, 1)
	attach(t, l, fd, &handler{data: echo, closed: func(_ *loop.Conn, err error) { closed <- err }})
	for range 100 {
		if _, err := peer.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 5)
		if _, err := io.ReadFull(peer, b); err != nil || string(b) != "hello" {
			t.Fatalf("got %q, %v", b, err)
		}
	}
	peer.Close()
	if err := await(t, closed); err != io.EOF {
		t.Errorf("closed with %v, want EOF", err)
	}
}

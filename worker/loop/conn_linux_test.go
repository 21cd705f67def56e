package loop_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
	"golang.org/x/sys/unix"
)

// A connection closed by another one's handler in the same batch of events, its descriptor number in use again at once: what the
// batch still holds for the old one (a hang-up, the most harmful) must not reach the new one.
func TestStaleEventOfReusedDescriptor(t *testing.T) {
	l := start(t, loop.Options{})
	var fds [2]int
	var peers [2]net.Conn
	var conns [2]*loop.Conn
	fresh, freshPeer := pair(t)
	got := make(chan string, 4)
	calls := 0
	h := &handler{closed: func(c *loop.Conn, _ error) {
		if calls++; calls > 1 {
			t.Error("the connection that was closed still hears of its peer")
			return
		}
		other := 0
		if c == conns[0] {
			other = 1
		}
		conns[other].Close()
		if err := unix.Dup3(fresh, fds[other], unix.O_CLOEXEC); err != nil {
			t.Error(err)
		}
		unix.Close(fresh)
		if _, err := l.Attach(fds[other], &handler{
			data:   func(_ *loop.Conn, b []byte) { got <- string(b) },
			closed: func(_ *loop.Conn, err error) { got <- err.Error() },
		}); err != nil {
			t.Error(err)
		}
	}}
	for i := range fds {
		fds[i], peers[i] = pair(t)
		conns[i] = attach(t, l, fds[i], h)
	}
	release := hold(t, l)
	peers[0].Close()
	peers[1].Close()
	release()
	settle(t, l)
	n, err := freshPeer.Write([]byte("new"))
	must(t, n, err)
	if s := await(t, got); s != "new" {
		t.Errorf("the new connection heard %q", s)
	}
}

func TestClosedTellsWhy(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(t *testing.T, peer *net.TCPConn)
		want error
	}{
		{"orderly", func(_ *testing.T, peer *net.TCPConn) { peer.Close() }, io.EOF},
		{"half", func(_ *testing.T, peer *net.TCPConn) { peer.CloseWrite() }, io.EOF},
		{"reset", func(_ *testing.T, peer *net.TCPConn) { peer.SetLinger(0); peer.Close() }, unix.ECONNRESET},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := start(t, loop.Options{})
			fd, peer := tcpPair(t)
			closed := make(chan error, 2)
			attach(t, l, fd, &handler{closed: func(c *loop.Conn, err error) {
				c.Write([]byte("too late"))
				c.Close()
				c.Resume()
				closed <- err
			}})
			tt.end(t, peer)
			if err := await(t, closed); !errors.Is(err, tt.want) {
				t.Errorf("closed with %v, want %v", err, tt.want)
			}
			settle(t, l)
			if len(closed) > 0 || l.Stats().Conns != 0 {
				t.Error("closed twice, or still there")
			}
		})
	}
}

// tcpPair is pair over TCP.
func tcpPair(t testing.TB) (fd int, peer *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	s, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	raw, err := s.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(f uintptr) { fd, err = unix.FcntlInt(f, unix.F_DUPFD_CLOEXEC, 0) })
	if err != nil {
		t.Fatal(err)
	}
	return fd, c.(*net.TCPConn)
}

func TestOwnersCloseIsSilent(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := pair(t)
	c := attach(t, l, fd, &handler{
		data:   func(c *loop.Conn, _ []byte) { c.Write([]byte("dropped")); c.Close() },
		closed: func(*loop.Conn, error) { t.Error("the owner closed it himself") },
	})
	n, err := peer.Write([]byte("x"))
	must(t, n, err)
	if b, err := io.ReadAll(peer); err != nil && !errors.Is(err, unix.ECONNRESET) || len(b) > 0 {
		t.Errorf("the peer read %q, %v", b, err)
	}
	on(t, l, func() {
		if c.Queued() != 0 || c.Blocked() || c.Detach() != -1 {
			t.Error("a closed connection has something left")
		}
	})
}

func TestDetachHandsTheDescriptorBack(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := pair(t)
	c := attach(t, l, fd, &handler{
		data:   func(*loop.Conn, []byte) { t.Error("data after detach") },
		closed: func(*loop.Conn, error) { t.Error("closed after detach") },
	})
	on(t, l, func() {
		c.Write([]byte("never written"))
		if got := c.Detach(); got != fd {
			t.Errorf("got descriptor %d, want %d", got, fd)
		}
		c.Write([]byte("nor this"))
	})
	n, err := peer.Write([]byte("mine"))
	must(t, n, err)
	settle(t, l)
	b := make([]byte, 10)
	if n, err := unix.Read(fd, b); err != nil || string(b[:n]) != "mine" {
		t.Errorf("read %q, %v", b[:max(n, 0)], err)
	}
	if _, err := unix.Write(fd, []byte("!")); err != nil {
		t.Error(err)
	}
	if n, err := peer.Read(b); err != nil || string(b[:n]) != "!" {
		t.Errorf("the peer read %q, %v", b[:n], err)
	}
	// and again: it can come back
	back := make(chan string, 1)
	attach(t, l, fd, &handler{data: func(_ *loop.Conn, b []byte) { back <- string(b) }})
	n, err = peer.Write([]byte("again"))
	must(t, n, err)
	if s := await(t, back); s != "again" {
		t.Errorf("heard %q", s)
	}
}

func TestSetHandler(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := pair(t)
	got := make(chan string, 1)
	second := &handler{data: func(_ *loop.Conn, b []byte) { got <- "second " + string(b) }}
	attach(t, l, fd, &handler{data: func(c *loop.Conn, b []byte) { c.SetHandler(second); got <- "first " + string(b) }})
	for _, want := range []string{"first x", "second x", "second x"} {
		n, err := peer.Write([]byte("x"))
		must(t, n, err)
		if s := await(t, got); s != want {
			t.Errorf("heard by %q, want %q", s, want)
		}
	}
}

func TestPauseHoldsInputBack(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := pair(t)
	got := make(chan string, 10)
	paused := true
	c := attach(t, l, fd, &handler{
		data: func(_ *loop.Conn, b []byte) {
			if paused {
				t.Error("data while paused")
			}
			got <- string(b)
		},
		closed: func(_ *loop.Conn, err error) { got <- err.Error() },
	})
	on(t, l, c.Pause)
	n, err := peer.Write([]byte("held"))
	must(t, n, err)
	peer.Close()
	settle(t, l)
	on(t, l, func() { paused = false; c.Resume() })
	if s := await(t, got); s != "held" {
		t.Errorf("heard %q, want what was sent while paused", s)
	}
	if s := await(t, got); s != "EOF" {
		t.Errorf("heard %q, want the end", s)
	}
}

// A paused connection whose peer is gone altogether is reported by epoll without end. It must not keep the loop turning.
func TestPausedHangupDoesNotSpin(t *testing.T) {
	for _, tt := range []struct {
		name string
		then func(c *loop.Conn)
		want error
	}{
		{"resume", func(c *loop.Conn) { c.Resume() }, unix.ECONNRESET},
		{"write", func(c *loop.Conn) { c.Write([]byte("x")) }, unix.ECONNRESET},
		{"close", func(c *loop.Conn) { c.Close() }, nil},
		{"close after flush", func(c *loop.Conn) { c.CloseAfterFlush(time.Now().Add(time.Hour)) }, nil},
		{"detach", func(c *loop.Conn) { unix.Close(c.Detach()) }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := start(t, loop.Options{})
			fd, peer := tcpPair(t)
			closed := make(chan error, 1)
			c := attach(t, l, fd, &handler{closed: func(_ *loop.Conn, err error) { closed <- err }})
			on(t, l, c.Pause)
			peer.SetLinger(0)
			peer.Close()
			if before, after := turnsDuring(t, l, 50*time.Millisecond); after-before > 20 {
				t.Errorf("%d turns with nothing to do", after-before)
			}
			on(t, l, func() { tt.then(c) })
			if tt.want != nil {
				if err := await(t, closed); !errors.Is(err, tt.want) && !errors.Is(err, unix.EPIPE) {
					t.Errorf("closed with %v, want %v", err, tt.want)
				}
			}
			gone(t, l)
		})
	}
}

// turnsDuring counts the loop's turns while a timer runs.
func turnsDuring(t *testing.T, l *loop.Loop, d time.Duration) (before, after uint64) {
	t.Helper()
	var timer loop.Timer
	fired := make(chan struct{})
	on(t, l, func() { l.Arm(&timer, l.Now().Add(d), expirer(func(*loop.Timer) { close(fired) })) })
	before = l.Stats().Turns
	await(t, fired)
	return before, l.Stats().Turns
}

func TestDescriptorsAreReturned(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	before := count()
	l, err := loop.New(loop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	go l.Run()
	for i := range 3000 {
		fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		c := attach(t, l, fds[0], &handler{})
		on(t, l, func() {
			c.Write([]byte("bye"))
			switch i % 6 {
			case 0:
				c.Close()
			case 1:
				c.CloseAfterFlush(l.Now().Add(time.Hour))
			case 2:
				unix.Close(c.Detach())
			case 3:
				c.Pause()
			case 4:
				c.CloseAfterFlush(l.Now())
			}
		})
		unix.Close(fds[1])
	}
	l.Stop()
	await(t, l.Done())
	if after := count(); after != before {
		t.Errorf("%d descriptors open before, %d after", before, after)
	}
}

// What epoll refuses is told to the owner later, not from inside the call that ran into it.
func TestPollerErrorClosesTheConn(t *testing.T) {
	l := start(t, loop.Options{})
	fd, _ := pair(t)
	closed := make(chan error, 1)
	c := attach(t, l, fd, &handler{closed: func(_ *loop.Conn, err error) { closed <- err }})
	on(t, l, func() {
		null, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Error(err)
		}
		defer unix.Close(null)
		if err := unix.Dup3(null, fd, unix.O_CLOEXEC); err != nil {
			t.Error(err)
		}
		c.Pause()
		if len(closed) > 0 {
			t.Error("closed from inside Pause")
		}
	})
	if err := await(t, closed); !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.ENOENT) {
		t.Errorf("closed with %v", err)
	}
}

func TestAttachOwnsTheDescriptorOnError(t *testing.T) {
	l := start(t, loop.Options{})
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0) // a plain file cannot be polled
	if err != nil {
		t.Fatal(err)
	}
	on(t, l, func() {
		if _, err := l.Attach(fd, &handler{}); !errors.Is(err, unix.EPERM) {
			t.Errorf("got %v", err)
		}
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); !errors.Is(err, unix.EBADF) {
			t.Errorf("the descriptor is still open: %v", err)
		}
	})
}

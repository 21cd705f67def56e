package loop_test

import (
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/ioserver/ioserver/worker/loop"
	"golang.org/x/sys/unix"
)

func goexit() { runtime.Goexit() }

func TestStop(t *testing.T) {
	l := start(t, loop.Options{})
	port := l.Port("full", 1)
	closed := make(chan error, 10)
	fd, peer := pair(t)
	var late int
	c := attach(t, l, fd, &handler{closed: func(_ *loop.Conn, err error) {
		closed <- err
		if l.Post(loop.Func(func() {})) {
			t.Error("a post was accepted that nobody will run")
		}
		late, _ = lateAttach(t, l)
	}})
	lingering, lingeringPeer := pair(t)
	lc := attach(t, l, lingering, silent(t))
	on(t, l, func() { lc.CloseAfterFlush(farAway()) })

	release := hold(t, l)
	ran := 0
	for range 5000 { // more than a turn takes
		l.Post(loop.Func(func() { ran++ }))
	}
	if !port.TryPost(loop.Func(func() { ran++; c.Write([]byte("last")) })) {
		t.Fatal("full")
	}
	waiting := make(chan error, 1)
	go func() { waiting <- port.Post(t.Context(), loop.Func(func() {})) }()
	for l.Stats().Ports[0].Waits == 0 {
		runtime.Gosched()
	}
	l.Stop()
	l.Stop()
	if err := await(t, waiting); !errors.Is(err, loop.ErrStopped) {
		t.Errorf("a waiting post got %v", err)
	}
	if l.Post(loop.Func(func() {})) || port.TryPost(loop.Func(func() {})) {
		t.Error("a post was accepted after Stop")
	}
	release()
	await(t, l.Done())
	if ran != 5001 {
		t.Errorf("%d of 5001 accepted tasks ran", ran)
	}
	if err := await(t, closed); !errors.Is(err, loop.ErrStopped) || len(closed) > 0 {
		t.Errorf("closed with %v", err)
	}
	if b, err := io.ReadAll(peer); err != nil || string(b) != "last" {
		t.Errorf("the peer read %q, %v", b, err)
	}
	if b, err := io.ReadAll(lingeringPeer); err != nil || len(b) > 0 {
		t.Errorf("the lingering peer read %q, %v", b, err)
	}
	if _, err := unix.FcntlInt(uintptr(late), unix.F_GETFD, 0); !errors.Is(err, unix.EBADF) {
		t.Errorf("a descriptor attached too late is still open: %v", err)
	}
	if n := l.Stats().Conns; n != 0 {
		t.Errorf("%d connections left", n)
	}
}

// lateAttach tries to attach to a loop that is closing its connections.
func lateAttach(t *testing.T, l *loop.Loop) (fd int, c *loop.Conn) {
	fd, _ = pair(t)
	c, err := l.Attach(fd, silent(t))
	if !errors.Is(err, loop.ErrStopped) {
		t.Errorf("attach: %v", err)
	}
	return fd, c
}

func TestStopFromTheLoopAndBeforeRun(t *testing.T) {
	l := start(t, loop.Options{})
	l.Post(loop.Func(l.Stop))
	await(t, l.Done())

	l, err := loop.New(loop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ran := false
	l.Post(loop.Func(func() { ran = true }))
	l.Stop()
	if err := l.Run(); err != nil || !ran {
		t.Errorf("Run: %v, task ran: %v", err, ran)
	}
}

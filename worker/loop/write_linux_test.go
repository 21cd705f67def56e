package loop_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/ioserver/ioserver/worker/loop"
	"golang.org/x/sys/unix"
)

// buffers are n random buffers of mixed sizes and their concatenation.
func buffers(n int) (bs [][]byte, all []byte) {
	r := rand.New(rand.NewPCG(5, 6))
	for range n {
		b := make([]byte, 1+r.IntN(1<<r.IntN(17)))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		bs = append(bs, b)
		all = append(all, b...)
	}
	return bs, all
}

// A reader that stops: the kernel takes a part, the rest waits, and arrives whole and in order once the reader goes on.
func TestPartialWrites(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := pair(t)
	writable := make(chan struct{}, 10)
	c := attach(t, l, fd, &handler{writable: func(c *loop.Conn) {
		if c.Blocked() || c.Queued() != 0 {
			t.Errorf("writable with %d bytes queued, blocked %v", c.Queued(), c.Blocked())
		}
		writable <- struct{}{}
	}})
	bs, all := buffers(2000)
	on(t, l, func() {
		for _, b := range bs {
			c.Write(b)
		}
		c.Write(nil)
		if c.Queued() != len(all) || c.Blocked() {
			t.Errorf("%d bytes queued of %d, blocked %v", c.Queued(), len(all), c.Blocked())
		}
	})
	settle(t, l)
	on(t, l, func() {
		if !c.Blocked() || c.Queued() == 0 || c.Queued() == len(all) {
			t.Errorf("%d bytes queued of %d, blocked %v", c.Queued(), len(all), c.Blocked())
		}
	})
	got := make([]byte, len(all))
	n, err := io.ReadFull(peer, got)
	must(t, n, err)
	if !bytes.Equal(got, all) {
		t.Error("what arrived is not what was written")
	}
	await(t, writable)
	settle(t, l)
	if len(writable) != 0 {
		t.Error("told twice that it is writable")
	}
	if s := l.Stats(); s.BytesOut != uint64(len(all)) || s.Blocked == 0 {
		t.Errorf("counted %d bytes of %d, %d times blocked", s.BytesOut, len(all), s.Blocked)
	}
}

func TestKernelFullFromTheStart(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := pair(t)
	filled := 0
	for {
		n, err := unix.Write(fd, make([]byte, 1000))
		if err != nil {
			break
		}
		filled += n
	}
	writable := make(chan struct{}, 1)
	c := attach(t, l, fd, &handler{writable: func(*loop.Conn) { close(writable) }})
	on(t, l, func() { c.Write([]byte("end")) })
	settle(t, l)
	on(t, l, func() {
		if !c.Blocked() || c.Queued() != 3 {
			t.Errorf("%d bytes queued, blocked %v", c.Queued(), c.Blocked())
		}
	})
	n, err := io.ReadFull(peer, make([]byte, filled+3))
	must(t, n, err)
	await(t, writable)
}

func TestWritableMayWriteAgain(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := pair(t)
	big := bytes.Repeat([]byte("x"), 4<<20)
	c := attach(t, l, fd, &handler{writable: func(c *loop.Conn) { c.Write([]byte("end")); c.CloseAfterFlush(farAway()) }})
	on(t, l, func() { c.Write(big) })
	got, err := io.ReadAll(peer)
	if err != nil || len(got) != len(big)+3 || !bytes.HasSuffix(got, []byte("xend")) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestSmallWritesAreJoined(t *testing.T) {
	for _, tt := range []struct{ frames, calls int }{{1, 1}, {2, 1}, {500, 1}, {1500, 3}} { // 64 KiB a call
		l := start(t, loop.Options{})
		fd, peer := pair(t)
		c := attach(t, l, fd, &handler{})
		frame := bytes.Repeat([]byte("x"), 100)
		on(t, l, func() {
			for range tt.frames {
				c.Write(frame)
			}
		})
		n, err := io.ReadFull(peer, make([]byte, tt.frames*len(frame)))
		must(t, n, err)
		settle(t, l)
		if s := l.Stats(); s.Writes != uint64(tt.calls) || s.Blocked > 0 {
			t.Errorf("%d frames took %d write calls, want %d", tt.frames, s.Writes, tt.calls)
		}
	}
}

// What a peer sent just before it went away is delivered, though a write finds out first.
func TestLastWordsBeforeBrokenPipe(t *testing.T) {
	l := start(t, loop.Options{MaxTurnWrites: 1})
	fd, peer := pair(t)
	heard := make(chan string, 4)
	var c *loop.Conn
	h := &handler{
		data: func(c *loop.Conn, b []byte) {
			c.Write([]byte("answer"))
			heard <- string(b)
		},
		closed: func(_ *loop.Conn, err error) { heard <- err.Error() },
	}
	released := make(chan struct{})
	on(t, l, func() {
		var err error
		if c, err = l.Attach(fd, h); err != nil {
			t.Error(err)
		}
		l.Post(loop.Func(func() { // after this turn's look at the sockets, before its writes
			<-released
			c.Write([]byte("x"))
		}))
	})
	n, err := peer.Write([]byte("last words"))
	must(t, n, err)
	peer.Close()
	close(released)
	if s := await(t, heard); s != "last words" {
		t.Errorf("heard %q", s)
	}
	if s := await(t, heard); s != "EOF" {
		t.Errorf("closed with %q, want an orderly end", s)
	}
}

func TestWriteErrorClosesPausedConn(t *testing.T) {
	for _, blocked := range []bool{false, true} {
		l := start(t, loop.Options{})
		fd, peer := pair(t)
		closed := make(chan error, 1)
		c := attach(t, l, fd, &handler{closed: func(_ *loop.Conn, err error) { closed <- err }})
		on(t, l, c.Pause)
		if blocked {
			on(t, l, func() { c.Write(make([]byte, 8<<20)) })
			settle(t, l)
			peer.Close()
		} else {
			peer.Close()
			on(t, l, func() { c.Write([]byte("x")) })
		}
		if err := await(t, closed); !errors.Is(err, unix.EPIPE) && !errors.Is(err, unix.ECONNRESET) {
			t.Errorf("closed with %v", err)
		}
	}
}

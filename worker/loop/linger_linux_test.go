package loop_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
	"golang.org/x/sys/unix"
)

func farAway() time.Time { return time.Now().Add(time.Hour) }

// silent is a handler that must hear nothing.
func silent(t *testing.T) *handler {
	return &handler{
		data:     func(*loop.Conn, []byte) { t.Error("data for a closing connection's handler") },
		closed:   func(*loop.Conn, error) { t.Error("closed, for a closing connection's handler") },
		writable: func(*loop.Conn) { t.Error("writable, for a closing connection's handler") },
	}
}

// gone waits until the loop has no connection left.
func gone(t *testing.T, l *loop.Loop) {
	t.Helper()
	for end := time.Now().Add(patience); l.Stats().Conns > 0; settle(t, l) {
		if time.Now().After(end) {
			t.Fatal("the connection stays")
		}
	}
}

func TestCloseAfterFlushDeliversEverything(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := pair(t)
	c := attach(t, l, fd, silent(t))
	bs, all := buffers(2000)
	on(t, l, func() {
		for _, b := range bs {
			c.Write(b)
		}
		c.CloseAfterFlush(farAway())
		c.Write([]byte("not this"))
		c.SetHandler(nil)
		c.Pause()
		c.CloseAfterFlush(time.Now())
	})
	n, err := peer.Write([]byte("discarded"))
	must(t, n, err)
	got, err := io.ReadAll(peer)
	if err != nil || !bytes.Equal(got, all) {
		t.Errorf("got %d bytes of %d, %v", len(got), len(all), err)
	}
	if l.Stats().Conns != 1 {
		t.Error("closed before the peer has")
	}
	peer.Close()
	gone(t, l)
}

// A peer that has ended its own direction may still be reading.
func TestCloseAfterFlushToHalfClosedPeer(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := tcpPair(t)
	c := attach(t, l, fd, silent(t))
	big := bytes.Repeat([]byte("x"), 16<<20)
	on(t, l, func() {
		c.Write(big)
		c.CloseAfterFlush(farAway())
	})
	peer.CloseWrite()
	settle(t, l)
	if got, err := io.ReadAll(peer); err != nil || len(got) != len(big) {
		t.Errorf("got %d bytes of %d, %v", len(got), len(big), err)
	}
	gone(t, l)
}

func TestCloseAfterFlushBounds(t *testing.T) {
	t.Run("deadline", func(t *testing.T) {
		l := start(t, loop.Options{})
		fd, peer := pair(t)
		c := attach(t, l, fd, silent(t))
		on(t, l, func() { c.Write(make([]byte, 8<<20)); c.CloseAfterFlush(l.Now()) }) // and the peer neither reads nor closes
		gone(t, l)
		peer.Close()
	})
	t.Run("input", func(t *testing.T) {
		l := start(t, loop.Options{})
		fd, peer := pair(t)
		c := attach(t, l, fd, silent(t))
		on(t, l, func() { c.CloseAfterFlush(farAway()) })
		sent := 0
		for {
			n, err := peer.Write(make([]byte, 64<<10))
			if sent += n; err != nil {
				if !errors.Is(err, unix.EPIPE) && !errors.Is(err, unix.ECONNRESET) {
					t.Error(err)
				}
				break
			}
		}
		if sent < 1<<20 {
			t.Errorf("cut off after %d bytes", sent)
		}
		gone(t, l)
	})
	t.Run("reset", func(t *testing.T) {
		l := start(t, loop.Options{})
		fd, peer := tcpPair(t)
		c := attach(t, l, fd, silent(t))
		on(t, l, func() { c.Write(make([]byte, 16<<20)); c.CloseAfterFlush(farAway()) })
		peer.SetLinger(0)
		peer.Close()
		gone(t, l)
	})
	t.Run("closed meanwhile", func(t *testing.T) {
		l := start(t, loop.Options{})
		fd, _ := pair(t)
		c := attach(t, l, fd, silent(t))
		on(t, l, func() { c.CloseAfterFlush(l.Now().Add(20 * time.Millisecond)); c.Close() })
		turnsDuring(t, l, 50*time.Millisecond)
		gone(t, l)
	})
}

package fdpass_test

import (
	"context"
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
)

// fill sends until the inbox is full and returns how many messages fitted.
func fill(t *testing.T, s *fdpass.Sender, kind fdpass.Kind, fd int) int {
	t.Helper()
	for n := 0; ; n++ {
		switch err := s.Send(kind, []byte("filling"), fd); {
		case err == fdpass.ErrFull:
			return n
		case err != nil:
			t.Fatal(err)
		case n > 100_000:
			t.Fatal("nothing bounds what is in flight")
		}
	}
}

func drain(t *testing.T, r *fdpass.Receiver) (n int) {
	t.Helper()
	for ; ; n++ {
		m, err := r.TryReceive()
		if err == fdpass.ErrEmpty {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		if m.FD >= 0 {
			unix.Close(m.FD)
		}
	}
}

func TestFullInbox(t *testing.T) {
	sameDescriptors(t)
	near, _ := stream(t)
	for _, c := range []struct {
		kind fdpass.Kind
		fd   int
	}{{fdpass.Request, -1}, {fdpass.Accept, near}} {
		r, s, _ := inbox(t)
		n := fill(t, s, c.kind, c.fd)
		if n == 0 || s.Full() != 1 || s.Sent() != uint64(n) {
			t.Errorf("%v: %d fitted, counted %d sent and %d refused", c.kind, n, s.Sent(), s.Full())
		}
		ctx, cancel := context.WithCancel(t.Context())
		waited := make(chan error, 2)
		for range 2 { // beside each other, as relays do
			go func() { waited <- s.Wait(ctx) }()
		}
		if got := drain(t, r); got != n {
			t.Errorf("%v: drained %d of %d", c.kind, got, n)
		}
		for range 2 {
			if err := <-waited; err != nil {
				t.Errorf("%v: wait: %v", c.kind, err)
			}
		}
		cancel()
		if err := s.Send(c.kind, []byte("again"), c.fd); err != nil {
			t.Errorf("%v: after draining: %v", c.kind, err)
		}
	}
}

func TestWaitEnds(t *testing.T) {
	sameDescriptors(t)
	for name, c := range map[string]struct {
		end  func(r *fdpass.Receiver, s *fdpass.Sender, cancel context.CancelFunc)
		want error
	}{
		"context":       {func(_ *fdpass.Receiver, _ *fdpass.Sender, cancel context.CancelFunc) { cancel() }, context.Canceled},
		"reader died":   {func(r *fdpass.Receiver, _ *fdpass.Sender, _ context.CancelFunc) { r.Close() }, fdpass.ErrGone},
		"sender closed": {func(_ *fdpass.Receiver, s *fdpass.Sender, _ context.CancelFunc) { s.Close() }, fdpass.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			r, s, _ := inbox(t)
			fill(t, s, fdpass.Request, -1)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			waited := make(chan error, 3)
			for range cap(waited) {
				go func() { waited <- s.Wait(ctx) }()
			}
			c.end(r, s, cancel)
			for range cap(waited) {
				if err := <-waited; !errors.Is(err, c.want) {
					t.Errorf("wait: %v, want %v", err, c.want)
				}
			}
		})
	}
}

package socketio_test

import (
	"errors"
	"net"
	"runtime"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Who closes the listener, or the server, knows why serving ends.
func TestServeEnds(t *testing.T) {
	s, _ := start(t, socketio.Options{}, nil)
	l, ended := listen(t), make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	connect(t, l.Addr().String())
	_ = l.Close()
	if err := receive(t, ended); err != nil {
		t.Errorf("its listener was closed: %v", err)
	}
}

// A server that is closed while it begins to serve says no other thing than one
// that was closed before.
func TestServeWhileClosing(t *testing.T) {
	for range 100 {
		s, err := socketio.NewServer(socketio.Options{})
		if err != nil {
			t.Fatal(err)
		}
		const listeners = 8
		ended, begin := make(chan error, listeners), make(chan struct{})
		for range listeners {
			l := listen(t)
			go func() { <-begin; ended <- s.Serve(l) }()
		}
		close(begin)
		runtime.Gosched()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		for range listeners {
			if err := receive(t, ended); err != nil && !errors.Is(err, socketio.ErrClosed) {
				t.Fatal(err)
			}
		}
	}
}

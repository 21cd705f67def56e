package socketio

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/ioserver/ioserver/worker/engineio"
)

// serving is the front of a server that listens for itself.
type serving struct {
	mu     sync.Mutex
	front  *engineio.Front
	closed bool
}

// Serve accepts clients until the listener or the server is closed, in which
// case it returns nil; ErrClosed: the server was closed before. It owns the
// listener. A program that has more to serve mounts Engine on an
// [engineio.Front] of its own.
func (s *Server) Serve(l net.Listener) error {
	f := s.serving.open(s)
	if f == nil {
		_ = l.Close()
		return ErrClosed
	}
	if err := f.Serve(l); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return ErrClosed // meanwhile
}

// ListenAndServe is Serve on a TCP address.
func (s *Server) ListenAndServe(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return s.Serve(l)
}

func (v *serving) open(s *Server) *engineio.Front {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.front == nil && !v.closed {
		v.front = engineio.NewFront(s.loop, engineio.FrontOptions{Logger: s.logger})
		v.front.Mount(s.engine)
	}
	if v.closed {
		return nil
	}
	return v.front
}

// stop ends it. The function returned waits for what is under way.
func (v *serving) stop() func(context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.closed = true
	if v.front == nil {
		return func(context.Context) error { return nil }
	}
	return v.front.Close
}

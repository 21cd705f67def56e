package socketio

import "context"

// life is a socket's context, for those whose handlers ask for one.
type life struct {
	context.Context
	cancel context.CancelFunc
}

// Context ends when the socket does: for what a handler waits for on the
// client's behalf. Its error is context.Canceled then.
func (s *Socket) Context() context.Context {
	if l := s.life.Load(); l != nil {
		return l
	}
	l := new(life)
	l.Context, l.cancel = context.WithCancel(context.Background())
	if !s.life.CompareAndSwap(nil, l) {
		l.cancel()
		l = s.life.Load()
	}
	if s.phase.Load() == gone { // end may have looked before there was one
		l.cancel()
	}
	return l
}

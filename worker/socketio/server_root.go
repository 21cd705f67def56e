package socketio

import "github.com/ioserver/ioserver/worker/engineio"

// What is sent to a server without naming a namespace goes to the root
// namespace, as in the reference; see [Namespace] for the rest of it.

// Emit sends an event to every client of the root namespace.
func (s *Server) Emit(event string, args ...any) error { return s.root().Emit(event, args...) }

// To returns a broadcast to these rooms of the root namespace.
func (s *Server) To(rooms ...string) Broadcast { return s.root().To(rooms...) }

// In is To.
func (s *Server) In(rooms ...string) Broadcast { return s.root().To(rooms...) }

// Except returns a broadcast to all of the root namespace but those in these
// rooms.
func (s *Server) Except(rooms ...string) Broadcast { return s.root().Except(rooms...) }

// Volatile returns a broadcast to all of the root namespace that is lost on
// those not writable now.
func (s *Server) Volatile() Broadcast { return s.root().Volatile() }

// Local returns a broadcast to this worker's clients of the root namespace.
func (s *Server) Local() Broadcast { return s.root().Local() }

// Compress returns a broadcast to all of the root namespace; see
// [Broadcast.Compress].
func (s *Server) Compress(wanted bool) Broadcast { return s.root().Compress(wanted) }

func (s *Server) root() *Namespace { return s.namespace(rootName) }

// OnConnectionError adds a handler that hears of each HTTP request that was
// refused before there was a client: its code is one of the reference's, its
// detail says more. It may be added at any time. It runs on the goroutine that
// serves the request and may block; several may run at once.
func (s *Server) OnConnectionError(f func(*engineio.Request, *engineio.RequestError)) {
	s.engine.OnConnectionError(f)
}

package socketio

import "context"

// EmitWithAck sends an event to every client of the namespace and waits for
// their acknowledgements; see [Broadcast.EmitWithAck].
func (n *Namespace) EmitWithAck(ctx context.Context, event string, args ...any) (*Acks, error) {
	return n.all().EmitWithAck(ctx, event, args...)
}

// FetchSockets tells of all sockets of the namespace; see
// [Broadcast.FetchSockets].
func (n *Namespace) FetchSockets(ctx context.Context) ([]*RemoteSocket, error) {
	return n.all().FetchSockets(ctx)
}

// SocketsJoin makes all sockets of the namespace members of rooms; see
// [Broadcast.SocketsJoin].
func (n *Namespace) SocketsJoin(rooms ...string) error { return n.all().SocketsJoin(rooms...) }

// SocketsLeave ends the membership in rooms of all sockets of the namespace;
// see [Broadcast.SocketsLeave].
func (n *Namespace) SocketsLeave(rooms ...string) error { return n.all().SocketsLeave(rooms...) }

// DisconnectSockets ends all sockets of the namespace; see
// [Broadcast.DisconnectSockets].
func (n *Namespace) DisconnectSockets(close bool) error { return n.all().DisconnectSockets(close) }

// FetchSockets is that of the root namespace.
func (s *Server) FetchSockets(ctx context.Context) ([]*RemoteSocket, error) {
	return s.Of(rootName).FetchSockets(ctx)
}

// SocketsJoin is that of the root namespace.
func (s *Server) SocketsJoin(rooms ...string) error { return s.Of(rootName).SocketsJoin(rooms...) }

// SocketsLeave is that of the root namespace.
func (s *Server) SocketsLeave(rooms ...string) error { return s.Of(rootName).SocketsLeave(rooms...) }

// DisconnectSockets is that of the root namespace.
func (s *Server) DisconnectSockets(close bool) error {
	return s.Of(rootName).DisconnectSockets(close)
}

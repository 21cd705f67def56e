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

// EmitWithAck is that of the root namespace; see [Namespace.EmitWithAck].
func (s *Server) EmitWithAck(ctx context.Context, event string, args ...any) (*Acks, error) {
	return s.root().EmitWithAck(ctx, event, args...)
}

// FetchSockets is that of the root namespace; see [Namespace.FetchSockets].
func (s *Server) FetchSockets(ctx context.Context) ([]*RemoteSocket, error) {
	return s.root().FetchSockets(ctx)
}

// SocketsJoin is that of the root namespace; see [Namespace.SocketsJoin].
func (s *Server) SocketsJoin(rooms ...string) error { return s.root().SocketsJoin(rooms...) }

// SocketsLeave is that of the root namespace; see [Namespace.SocketsLeave].
func (s *Server) SocketsLeave(rooms ...string) error { return s.root().SocketsLeave(rooms...) }

// DisconnectSockets is that of the root namespace; see
// [Namespace.DisconnectSockets].
func (s *Server) DisconnectSockets(close bool) error { return s.root().DisconnectSockets(close) }

// ServerSideEmit is that of the root namespace; see [Namespace.ServerSideEmit].
func (s *Server) ServerSideEmit(event string, args ...any) error {
	return s.root().ServerSideEmit(event, args...)
}

// ServerSideEmitWithAck is that of the root namespace; see
// [Namespace.ServerSideEmitWithAck].
func (s *Server) ServerSideEmitWithAck(ctx context.Context, event string, args ...any) ([]ServerAnswer, error) {
	return s.root().ServerSideEmitWithAck(ctx, event, args...)
}

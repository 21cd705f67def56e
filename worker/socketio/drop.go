package socketio

// Drop closes the client's connection, and with it its sockets in all
// namespaces, without a farewell: the client comes back by itself, as a new
// socket. OnDisconnect is told "forced close", or OnAbandoned where the socket was
// not in yet. See [Socket.Disconnect] for clients that are to stay away.
func (s *Socket) Drop() {
	s.ns.server.ask(func() {
		c := s.client
		if s.phase.Load() == gone {
			return
		}
		c.finish()
		c.session.Close()
		c.endSockets(forcedServerClose)
	})
}

package socketio

import "github.com/ioserver/ioserver/protocol/sio"

// dismiss ends the socket on the server's behalf, and tells the client.
func (s *Socket) dismiss(reason string) {
	s.mute.Store(true)
	s.client.session.Send(frame(sio.Packet{Type: sio.Disconnect, Namespace: s.ns.name}))
	if s.phase.Load() == connected { // its queue may have been full, and its session have ended
		s.end(reason)
	}
}

// end is the only way in which a socket ends. Loop only.
func (s *Socket) end(reason string) {
	s.client.remove(s)
	was := s.phase.Swap(gone)
	if l := s.life.Load(); l != nil {
		l.cancel()
	}
	s.abandonAcks()
	if w := s.client.partial; w != nil && w.socket == s {
		w.packet.Data, w.attachments = nil, nil
	}
	server := s.ns.server
	if was != connected {
		s.ns.roster.decided(s)
		server.adapter.unwant(s.ns, s.early)
		s.early = nil
		if h := s.ns.handlers.Load(); len(h.middleware) > 0 && len(h.abandoned) > 0 {
			s.enqueue(&Event{socket: s, kind: anAbandonment})
		}
		s.ns.left()
		return
	}
	server.counters.sockets.Add(-1)
	server.tally.disconnects[reasonIndex(reason)]++
	told := len(s.ns.handlers.Load().disconnect) > 0
	if told {
		s.farewell = &farewell{reason: reason, rooms: s.ns.roster.names(nil, s)}
	}
	if server.spectator != nil {
		s.seen(Sighting{Sight: SightDisconnected, Text: reason})
	}
	server.counters.memberships.Add(-int64(len(s.member.rooms)))
	if s.ns.watched() {
		s.tellLeaving()
	}
	s.ns.roster.remove(s, func(r *room) { server.adapter.roomEnded(s.ns, r) })
	if told {
		s.enqueue(&Event{socket: s, kind: aDisconnect})
	}
	s.ns.left()
}

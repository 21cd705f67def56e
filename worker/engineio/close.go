package engineio

import "github.com/ioserver/ioserver/protocol/ws"

// Close sends what is queued, closes the transport, and ends the session with
// [ForcedClose]: at once on a WebSocket, with the next poll otherwise.
func (s *Session) Close() {
	if s.state != open {
		return
	}
	if s.framed || s.poll != nil && len(s.queue) == 0 {
		s.end(ForcedClose)
		return
	}
	s.state = closing
	s.arm(s.server.waits.pollingClose)
	if s.poll != nil {
		s.flushPoll()
	}
}

// Fail ends the session at once with that reason, and drops what is queued for
// a polling client.
func (s *Session) Fail(r Reason) { s.end(r) }

// end is the only way in which a session ends.
func (s *Session) end(r Reason) {
	if s.state == closed {
		return
	}
	s.state = closed
	s.server.forget(s)
	s.server.tally.ended[r.index()]++
	if s.polling != nil {
		s.closePolling(r)
	}
	if s.socket.conn != nil {
		s.closeSocket(r)
	}
	s.callClose(r)
}

// closePolling and closeSocket tell the client in the transport's own words,
// never in Socket.IO's, so that it comes back.
func (s *Session) closePolling(r Reason) {
	if s.upgrade != nil {
		s.upgrade.abandon()
	}
	if s.post != nil {
		s.endPost(postAnswer())
	}
	switch {
	case s.poll == nil:
	case r == TransportClose:
		s.answerPoll([]*Message{noopPacket})
	default:
		s.answerPoll([]*Message{closePacket})
	}
	s.queue, s.queueBytes = nil, 0
}

func (s *Session) closeSocket(r Reason) {
	switch r {
	case BufferOverflow:
		// It reads nothing: a close frame would wait behind the full queue.
		s.socket.conn.Close()
	case ShuttingDown:
		s.socket.close(s.server, ws.CloseGoingAway, "")
	default:
		s.socket.close(s.server, 0, "")
	}
}

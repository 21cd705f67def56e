package engineio

// Send queues messages for the client, in order. What a turn of the loop queues
// leaves in one write. A client whose queue is full is closed with
// [BufferOverflow]; on a session that is closing or closed nothing happens.
func (s *Session) Send(messages ...*Message) {
	for _, m := range messages {
		if s.state != open {
			return
		}
		s.send(m)
	}
}

// SendVolatile is Send where the client can be written to now; otherwise it
// drops all the messages and returns false.
func (s *Session) SendVolatile(messages ...*Message) bool {
	if !s.Writable() {
		return false
	}
	s.Send(messages...)
	return true
}

// Writable reports whether the network takes what is sent now.
func (s *Session) Writable() bool {
	switch {
	case s.state != open:
		return false
	case s.framed:
		return !s.socket.conn.Blocked()
	default:
		return s.poll != nil
	}
}

func (s *Session) send(m *Message) {
	if s.framed {
		frame := m.webSocket(s.revision, s.b64)
		if s.full(s.socket.conn.Queued(), len(frame)) {
			return
		}
		s.socket.conn.Write(frame)
		s.server.tally.webSocket.out(m.Len())
		return
	}
	if s.full(s.queueBytes, m.cost()) {
		return
	}
	s.queue = append(s.queue, m)
	s.queueBytes += m.cost()
	if s.poll != nil {
		s.server.flushLater(s)
	}
}

// full closes the session where the queue has no room for n more bytes. An
// empty queue has room for any message.
func (s *Session) full(queued, n int) bool {
	if queued == 0 || queued+n <= s.server.settings.Load().maxQueue {
		return false
	}
	s.overflow(&s.server.tally.queues)
	return true
}

// overflow ends the session, and counts why there.
func (s *Session) overflow(counter *uint64) {
	*counter++
	s.end(BufferOverflow)
}

// sendPong answers a ping of revision 3.
func (s *Session) sendPong() {
	if s.framed && !s.socket.mayReply() {
		s.overflow(&s.server.tally.replies)
		return
	}
	s.send(pongPacket)
}

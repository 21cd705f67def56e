package engineio

import (
	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/ioserver/ioserver/worker/loop"
)

// upgrade is a WebSocket that wants to become the transport of a session that
// polls: the client probes it, lets its last poll end, and then says so.
type upgrade struct {
	session *Session
	socket  webSocket
	timeout loop.Timer
	noop    loop.Timer
	b64     bool
}

// mayUpgrade is what an upgrade has to meet beside what needs no session.
func (s *Server) mayUpgrade(sid string, rev eio.Revision) *RequestError {
	session := s.sessions[sid]
	switch {
	case session == nil:
		return refuse(UnknownSID, "no session has this id")
	case session.revision != rev:
		return refuse(BadRequest, "another Engine.IO revision than the session's")
	}
	return nil
}

// attachUpgrade takes a WebSocket that names a session. One that comes too
// late, or beside another, is closed, as by the reference.
func (s *Server) attachUpgrade(sid string, b64 bool, fd int, unread []byte) {
	session := s.sessions[sid]
	u := &upgrade{session: session, b64: b64}
	conn, err := s.loop.Attach(fd, u)
	if err != nil {
		s.logger.Warn("take an upgrade's connection", "sid", sid, "error", err)
		return
	}
	u.socket.conn = conn
	if session == nil || session.framed || session.upgrade != nil || !s.options.AllowUpgrades {
		u.socket.close(s, 0, "")
		return
	}
	session.upgrade = u
	s.loop.Arm(&u.timeout, s.loop.Now().Add(s.settings.Load().upgradeTimeout), u)
	if len(unread) > 0 {
		u.Data(conn, unread)
	}
}

// Data takes what the client sent before the session moved.
func (u *upgrade) Data(c *loop.Conn, b []byte) {
	s := u.session
	for u.socket.conn != nil {
		p, rest, st := u.socket.read(s.server, b, s.revision)
		if st == readPacket {
			s.server.tally.webSocket.in(len(p.Data))
		}
		switch {
		case st == readMore:
			return
		case st == readFlood:
			u.flooded()
			return
		case st != readPacket:
			u.abandon()
			return
		case p.Type == eio.Ping && string(p.Data) == "probe":
			if !u.socket.mayReply() {
				u.flooded()
				return
			}
			u.probed()
		case p.Type == eio.Upgrade && s.state != closed:
			u.complete()
			sessionSocket{s}.Data(c, rest)
			return
		default:
			u.abandon()
			return
		}
		b = rest
	}
}

// flooded gives up on a client that asks for answers and reads none.
func (u *upgrade) flooded() {
	u.session.server.tally.probes++
	u.abandon()
}

// probed answers the probe, and from now on ends polls that wait, so that the
// client can let go of polling.
func (u *upgrade) probed() {
	u.socket.conn.Write(probePacket.webSocket(eio.V4, false))
	u.session.server.tally.webSocket.out(probePacket.Len())
	u.Expire(&u.noop)
}

// Expire ends a waiting poll, or an upgrade that takes too long.
func (u *upgrade) Expire(t *loop.Timer) {
	s := u.session
	if t == &u.timeout {
		u.abandon()
		return
	}
	if s.poll != nil {
		s.queue = append(s.queue, noopPacket)
		s.flushPoll()
	}
	if s.upgrade == u {
		s.server.loop.Arm(&u.noop, s.server.loop.Now().Add(s.server.waits.noop), u)
	}
}

// complete makes the WebSocket the session's transport, and sends over it what
// waited for a poll.
func (u *upgrade) complete() {
	s := u.session
	u.detach()
	if s.poll != nil {
		s.answerPoll([]*Message{closePacket})
	}
	queue := s.queue
	if s.post == nil {
		s.polling = nil
	} else {
		*s.polling = polling{post: s.post} // it waits for Resume
	}
	s.socket, s.framed, s.b64 = u.socket, true, u.b64
	s.socket.conn.SetHandler(sessionSocket{s})
	u.socket.conn = nil
	s.server.stats.upgrades.Add(1)
	s.server.count(Polling, s.revision, -1)
	s.server.crowd.add(s.came.remote, -1)
	s.server.count(WebSocket, s.revision, +1)
	for _, m := range queue {
		s.socket.conn.Write(m.webSocket(s.revision, s.b64))
		s.server.tally.webSocket.out(m.Len())
	}
	if s.state == closing {
		s.end(ForcedClose)
		return
	}
	if s.paused {
		s.socket.conn.Pause()
	}
}

// abandon closes the WebSocket; the session goes on polling.
func (u *upgrade) abandon() {
	u.detach()
	if c := u.socket.conn; c != nil && c.Blocked() {
		c.Close() // it reads nothing, a close frame neither
		u.socket.conn = nil
	}
	u.socket.close(u.session.server, 0, "")
}

func (u *upgrade) detach() {
	l := u.session.server.loop
	l.Disarm(&u.timeout)
	l.Disarm(&u.noop)
	if u.session.upgrade == u {
		u.session.upgrade = nil
	}
}

// Closed hears that the connection is gone.
func (u *upgrade) Closed(*loop.Conn, error) {
	u.socket.conn = nil
	u.detach()
}

// Writable hears that a full queue is empty again: nobody waits for it.
func (u *upgrade) Writable(*loop.Conn) {}

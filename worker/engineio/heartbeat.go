package engineio

import (
	"time"

	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/ioserver/ioserver/worker/loop"
)

// In revision 4 the server pings and the client has PingTimeout to answer; in
// revision 3 the client pings, at the latest PingInterval+PingTimeout after its
// last. One timer serves both, and the wait for a closing session's last poll.

// pingBatches is how many times an interval pings go out: what is due between
// two of them waits for the next, so that a worker with idle clients wakes a few
// times a second, not for each of them. No ping is later than by 1% for it.
const pingBatches = 100

// startHeartbeat begins with a session. An upgrade does not touch it: a client
// counts from the last ping, whatever the transport.
func (s *Session) startHeartbeat() {
	if s.revision == eio.V3 {
		s.armV3()
		return
	}
	s.armPing()
}

func (s *Session) arm(d time.Duration) { s.armAt(s.server.loop.Now().Add(d)) }

func (s *Session) armAt(t time.Time) { s.server.loop.Arm(&s.timer, t, sessionDeadline{s}) }

// beat is the heartbeat that the session's client was told of.
func (s *Session) beat() heartbeat { return s.server.settings.Load().heartbeats[s.heartbeat] }

func (s *Session) armV3()   { b := s.beat(); s.arm(b.interval + b.timeout) }
func (s *Session) armPong() { s.arm(s.beat().timeout) }

func (s *Session) armPing() {
	interval := s.beat().interval
	due := s.server.loop.Now().Add(interval)
	if apart := interval / pingBatches; apart > 0 {
		if over := due.Sub(s.server.began) % apart; over > 0 {
			due = due.Add(apart - over)
		}
	}
	s.armAt(due)
}

// heard extends the wait for a pong once when another packet shows that the
// client lives, as the reference does.
func (s *Session) heard(t eio.PacketType) {
	if s.pong == awaited && t != eio.Pong && s.state == open {
		s.pong = extended
		s.armPong()
	}
}

func (s *Session) ponged() {
	s.pong = unasked
	if s.state == open {
		s.armPing()
	}
}

// sessionDeadline is a session as the handler of its timer.
type sessionDeadline struct{ s *Session }

// Expire pings, or ends a session that waited too long.
func (d sessionDeadline) Expire(*loop.Timer) {
	s := d.s
	switch {
	case s.state == closing:
		s.end(ForcedClose)
	case s.paused && s.revision == eio.V3:
		s.armV3() // its pings are left unread, and that is not its fault
	case s.paused && s.pong != unasked:
		s.armPong()
	case s.revision == eio.V3 || s.pong != unasked:
		s.end(PingTimeout)
	default:
		s.pong = awaited
		s.armPong()
		s.send(pingPacket)
	}
}

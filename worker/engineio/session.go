package engineio

import (
	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/ioserver/ioserver/worker/loop"
)

type sessionState uint8

const (
	open sessionState = iota
	closing
	closed
)

// pongState is what a session of revision 4 has been asked for.
type pongState uint8

const (
	unasked  pongState = iota
	awaited            // a pong
	extended           // a pong; the wait was extended once
)

// Session is one client. Its methods belong to the loop, but for those that
// say otherwise.
type Session struct {
	// Data is the handler's.
	Data any

	server *Server
	id     string
	came   origin

	*polling           // nil where the transport is WebSocket
	socket   webSocket // its conn is nil while the session polls
	timer    loop.Timer

	revision  eio.Revision
	state     sessionState
	framed    bool // the transport is WebSocket
	b64       bool
	paused    bool
	dirty     bool // the server's flush will see to it
	pong      pongState
	heartbeat uint8 // its place in the settings' heartbeats
}

// polling is what a session has of this transport.
type polling struct {
	// What waits to be sent. Over WebSocket the connection's own queue is used.
	queue      []*Message
	queueBytes int

	poll  Responder // a GET that waits for packets
	post  Responder // a POST whose answer waits for Resume
	jsonp *string   // the index, where the client uses JSONP

	upgrade *upgrade // under way
}

// ID is the session's id. Any goroutine may ask.
func (s *Session) ID() string { return s.id }

// Request is the handshake's head, made anew at each call, without the lines
// that concern the connection only. Any goroutine may ask.
func (s *Session) Request() *Request { return s.came.request() }

// Revision is the client's Engine.IO revision, fixed for the session's life.
// Any goroutine may ask.
func (s *Session) Revision() eio.Revision { return s.revision }

// Transport is [Polling] or [WebSocket].
func (s *Session) Transport() string {
	if s.framed {
		return WebSocket
	}
	return Polling
}

// Pause stops reading from the client, whose system then holds back what it
// sends; a POST under way is answered after Resume.
func (s *Session) Pause() {
	if s.paused || s.state == closed {
		return
	}
	s.paused = true
	if s.socket.conn != nil {
		s.socket.conn.Pause()
	}
}

// Resume ends a Pause.
func (s *Session) Resume() {
	if !s.paused {
		return
	}
	s.paused = false
	if s.socket.conn != nil {
		s.socket.conn.Resume()
	}
	if s.polling != nil && s.post != nil {
		s.endPost(postAnswer())
	}
}

// receive takes one packet of the client.
func (s *Session) receive(p eio.Packet) {
	s.traffic().in(len(p.Data))
	s.heard(p.Type)
	switch p.Type {
	case eio.Ping:
		if s.revision != eio.V3 {
			s.end(TransportError)
			return
		}
		s.armV3()
		s.sendPong()
	case eio.Pong:
		if s.revision == eio.V3 {
			s.end(TransportError)
			return
		}
		s.ponged()
	case eio.Message:
		s.callMessage(p.Data, p.Binary)
	case eio.Open, eio.Close, eio.Upgrade, eio.Noop:
		// Close is the transport's business; the others mean nothing here, and
		// the reference passes over them too.
	}
}

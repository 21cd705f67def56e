package socketio

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
)

// client is one Engine.IO session with its sockets, at most one a namespace.
// It is plain data of the loop.
type client struct {
	server  *Server
	session *engineio.Session
	sockets []*Socket // connecting or connected
	partial *partial  // a binary packet whose attachments are awaited
	timer   loop.Timer
	waiting load          // events of all its sockets that are not handled yet
	due     time.Duration // since the server began; see keepPace
	joined  bool          // a namespace, at some time
	paused  bool          // its handlers are behind
	paced   bool          // it is ahead
	over    bool          // nothing is received any more
}

// sessions is a Server as the handler of its Engine.IO sessions.
type sessions Server

// Open begins a client. One of protocol 4 joins the root namespace unasked.
func (h *sessions) Open(es *engineio.Session) {
	s := (*Server)(h)
	c := &client{server: s, session: es}
	es.Data = c
	s.loop.Arm(&c.timer, s.loop.Now().Add(time.Duration(s.connectTimeout.Load())), c)
	if es.Revision() == eio.V3 {
		c.connect(rootName, "")
	}
}

// Message is a packet, or an attachment of one.
func (h *sessions) Message(es *engineio.Session, data []byte, binary bool) {
	c := es.Data.(*client)
	switch {
	case c.over:
	case binary:
		c.attachment(data)
	default:
		c.receive(data)
	}
}

// Close ends all that is left of a client.
func (h *sessions) Close(es *engineio.Session, r engineio.Reason) {
	c := es.Data.(*client)
	c.finish()
	c.endSockets(string(r))
}

// finish stops receiving, and frees what was received in part.
func (c *client) finish() {
	c.over = true
	c.partial = nil
	c.server.loop.Disarm(&c.timer)
}

func (c *client) endSockets(reason string) {
	for len(c.sockets) > 0 {
		c.sockets[len(c.sockets)-1].end(reason)
	}
}

// violated closes the connection of a client that sent what cannot be decoded,
// as the reference does.
func (c *client) violated(err error) {
	c.server.counters.violations.Add(1)
	if l := c.server.logger; l.Enabled(context.Background(), slog.LevelDebug) {
		l.Debug("closing a client that sent an invalid packet", c.who(), "error", err)
	}
	c.finish()
	c.session.Close()
}

// misplaced closes the connection of a client that sent what does not belong
// where it is. The reference has another reason for it where the transport
// cannot be closed at once.
func (c *client) misplaced() {
	c.server.counters.violations.Add(1)
	c.finish()
	c.session.Close()
	c.endSockets(forcedServerClose)
}

// disconnect ends a socket, or all of the client's, on the server's behalf.
func (c *client) disconnect(s *Socket, all bool) {
	if s.phase.Load() != connected {
		return
	}
	if !all {
		s.dismiss(serverDisconnect)
		return
	}
	for _, o := range slices.Clone(c.sockets) {
		if o.phase.Load() == connected {
			o.dismiss(serverDisconnect)
		}
	}
	c.finish()
	c.session.Close()
	c.endSockets(forcedServerClose)
}

// Expire is the deadline of the first CONNECT, or of an attachment.
func (c *client) Expire(*loop.Timer) {
	counter := &c.server.counters.connectTimeouts
	if c.partial != nil {
		counter = &c.server.counters.attachmentTimeouts
	}
	counter.Add(1)
	c.finish()
	c.session.Close()
	c.endSockets(forcedServerClose)
}

// find returns the socket of a namespace, or nil.
func (c *client) find(namespace string) *Socket {
	for _, s := range c.sockets {
		if s.ns.name == namespace {
			return s
		}
	}
	return nil
}

func (c *client) remove(s *Socket) {
	for i, o := range c.sockets {
		if o == s {
			last := len(c.sockets) - 1
			copy(c.sockets[i:], c.sockets[i+1:])
			c.sockets[last] = nil
			c.sockets = c.sockets[:last]
			return
		}
	}
}

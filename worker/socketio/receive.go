package socketio

import (
	"errors"
	"strings"

	"github.com/ioserver/ioserver/protocol/eio"
	"github.com/ioserver/ioserver/protocol/sio"
)

var errInterleaved = errors.New("a packet where an attachment is due")

// receive handles one packet. data is the session's, and valid for the call.
func (c *client) receive(data []byte) {
	if c.partial != nil {
		c.violated(errInterleaved)
		return
	}
	p, err := sio.ParseNamed(data, c.server.options.MaxAttachments, c.namespace)
	if err == nil && p.Attachments == 0 && (p.Type == sio.BinaryEvent || p.Type == sio.BinaryAck) {
		err = sio.ErrAttachments // the reference refuses a binary packet without any
	}
	if err != nil {
		c.violated(err)
		return
	}
	if p.Type != sio.Ack && p.Type != sio.BinaryAck { // those that somebody has asked for
		c.keepPace()
	}
	query := ""
	if p.Namespace != rootName && c.session.Revision() == eio.V3 {
		p.Namespace, query = splitNamespace(p.Namespace)
	}
	s := c.find(p.Namespace)
	switch {
	case p.Type == sio.Connect && s == nil:
		auth := strings.Clone(query)
		if c.session.Revision() != eio.V3 {
			auth = string(p.Data)
		}
		c.connect(p.Namespace, auth)
	case s == nil, s.phase.Load() != connected, p.Type == sio.Connect, p.Type == sio.ConnectError:
		c.misplaced()
	case p.Type == sio.Disconnect:
		s.end(clientDisconnect)
	case p.Attachments > 0:
		c.await(s, &p)
	default:
		s.dispatch(&p, nil)
	}
}

// namespace is the name of a namespace as a string, without making one where a
// socket of the client has it.
func (c *client) namespace(name []byte) string {
	for _, s := range c.sockets {
		if s.ns.name == string(name) {
			return s.ns.name
		}
	}
	return string(name)
}

// splitNamespace takes the query off a namespace, as clients of protocol 4
// send it.
func splitNamespace(name string) (path, query string) {
	name, _, _ = strings.Cut(name, "#")
	path, query, _ = strings.Cut(name, "?")
	return path, query
}

// dispatch queues an event for its handlers, or gives an acknowledgement to
// who waits for it.
func (s *Socket) dispatch(p *sio.Packet, attachments [][]byte) {
	switch p.Type {
	case sio.Event, sio.BinaryEvent:
		s.event(p, attachments)
	case sio.Ack, sio.BinaryAck:
		if p.HasID {
			s.ns.server.tally.acksIn++
			a := &Args{Attachments: attachments, checked: true}
			if p.Data != nil {
				a.JSON = append([]byte(nil), p.Data...)
			}
			s.acknowledged(p.ID, a)
		}
	}
}

func (s *Socket) event(p *sio.Packet, attachments [][]byte) {
	name, rest, err := sio.ParseEvent(p.Data)
	if err != nil {
		s.client.violated(err)
		return
	}
	if s.ns.server.spectator != nil {
		s.seen(Sighting{Sight: SightEvent, name: name, ack: p.HasID, rest: rest, attachments: attachments})
	}
	all := s.ns.handlers.Load()
	h := all.events[string(name)]
	if h == nil {
		h = caught(all, name)
	}
	if h == nil {
		s.ns.server.counters.ignored.Add(1)
		return
	}
	e := newEvent(s, h, rest)
	e.args.Attachments = attachments
	e.id, e.wantsAck = p.ID, p.HasID
	s.enqueue(e)
}

package socketio

import (
	"encoding/json"
	"net"
	"slices"
	"time"

	"github.com/ioserver/ioserver/protocol/eio"
)

// Sight is what a spectator sees of a client.
type Sight uint8

// What there is to see, see [Server.Spectate].
const (
	SightConnected    Sight = iota // a socket was let into a namespace
	SightRefused                   // or was not
	SightDisconnected              // a socket has ended
	SightEvent                     // an event came, with a handler or without
	SightSent                      // an event was sent to sockets of this worker
)

// Sighting is one thing that happened. It is valid for the call.
type Sighting struct {
	Sight     Sight
	Time      time.Time
	Namespace string
	ID        string // the socket's; "" where it was refused, or many were sent to
	// Text is the reason of an end, or the message of a refusal.
	Text string
	// Rooms are whom something was sent to that was not for one socket; none: the
	// whole namespace.
	Rooms []string
	// Count is to how many sockets it was sent.
	Count int

	name        []byte // of an event
	ack         bool
	rest        []byte // of the event's array
	sent        *Outgoing
	attachments [][]byte
	client      *client
	socket      *Socket
}

// Spectate has f see what all clients of this worker do, and what they are sent,
// in the order in which it happens; nil: nobody looks any more. Where nobody looks it costs nothing. It
// returns when that is in force, so it is not to be called on the loop.
//
// f is called on the event loop, which waits for it: it takes what it needs and
// returns. It calls nothing of the Server's.
func (s *Server) Spectate(f func(*Sighting)) {
	set := make(chan struct{})
	s.ask(func() {
		s.spectator = f
		close(set)
	})
	select {
	case <-set:
	case <-s.loop.Done():
	}
}

// Address is the client's IP, or "" on a Unix socket, and where it is about many.
func (v *Sighting) Address() string {
	if v.client == nil {
		return ""
	}
	r := v.client.session.Request()
	if r.Remote == nil {
		return ""
	}
	host, _, _ := net.SplitHostPort(r.Remote.String()) // nothing, where it is no IP
	return host
}

// Revision is the client's revision of Engine.IO, 3 or 4; 0 where it is about
// many.
func (v *Sighting) Revision() int {
	if v.client == nil {
		return 0
	}
	if v.client.session.Revision() == eio.V3 {
		return 3
	}
	return 4
}

// Data is what is kept with the socket; nil: nothing is.
func (v *Sighting) Data() json.RawMessage {
	if v.socket == nil {
		return nil
	}
	if b := v.socket.data.Load(); b != nil {
		return *b
	}
	return nil
}

// In reports whether the socket is in a room of that name; it is in that of its
// own id. What was sent to many is in the rooms that it was sent to.
func (v *Sighting) In(room string) bool {
	if v.socket == nil {
		return slices.Contains(v.Rooms, room)
	}
	if v.ID == room {
		return true
	}
	r := v.socket.ns.roster
	ro := r.byName[room]
	return ro != nil && r.index(v.socket, ro) >= 0
}

// Event is the name of an event.
func (v *Sighting) Event() string {
	if v.sent != nil {
		return v.sent.Name()
	}
	return string(v.name)
}

// Ack reports whether an event is to be acknowledged.
func (v *Sighting) Ack() bool { return v.ack || v.sent != nil && v.sent.WantsAck() }

// Weight is about how many bytes the event's arguments take.
func (v *Sighting) Weight() int {
	if v.sent != nil {
		return v.sent.size()
	}
	n := len(v.rest)
	for _, b := range v.attachments {
		n += len(b)
	}
	return n
}

// Args are the event's arguments, a copy but for attachments.
func (v *Sighting) Args() *Args {
	if v.sent != nil {
		return v.sent.Args()
	}
	a := &Args{Attachments: v.attachments, checked: true}
	a.JSON = append(append(append(make([]byte, 0, len(v.rest)+len("[]")), '['), v.rest...), ']')
	return a
}

// seen tells the spectator of a socket.
func (s *Socket) seen(v Sighting) {
	server := s.ns.server
	v.Namespace, v.ID, v.client, v.socket, v.Time = s.ns.name, s.id, s.client, s, server.loop.Now()
	server.spectator(&v)
}

// seenSent tells the spectator of what was sent to so many sockets: to one, or to
// those in rooms. Loop only.
func (n *Namespace) seenSent(p *packet, to *Socket, rooms []string, count int) {
	if count == 0 {
		return
	}
	v := Sighting{Sight: SightSent, Namespace: n.name, Rooms: rooms, Count: count, sent: &Outgoing{packet: *p}, Time: n.server.loop.Now()}
	if to != nil {
		v.ID, v.client, v.socket = to.id, to.client, to
	}
	n.server.spectator(&v)
}

// seenRefused tells the spectator of what a client was answered.
func (c *client) seenRefused(namespace string, body any) {
	v := Sighting{Sight: SightRefused, Namespace: namespace, client: c, Time: c.server.loop.Now()}
	switch body := body.(type) {
	case object:
		v.Text = body.Message
	case string:
		v.Text = body
	}
	c.server.spectator(&v)
}

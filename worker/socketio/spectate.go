package socketio

import (
	"encoding/json"
	"net"
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
)

// Sighting is one thing that a client did. It is valid for the call.
type Sighting struct {
	Sight     Sight
	Time      time.Time
	Namespace string
	ID        string // the socket's; "" where it was refused
	// Text is the reason of an end, or the message of a refusal.
	Text string
	// Event is the name of an event.
	Event []byte
	// Ack tells that the client waits for an acknowledgement of it.
	Ack bool

	rest        []byte // of the event's array
	attachments [][]byte
	client      *client
	socket      *Socket
}

// Spectate has f see what all clients of this worker do, in the order in which
// they do it; nil: nobody looks any more. Where nobody looks it costs nothing. It
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

// Address is the client's IP, or "" on a Unix socket.
func (v *Sighting) Address() string {
	r := v.client.session.Request()
	if r.Remote == nil {
		return ""
	}
	host, _, _ := net.SplitHostPort(r.Remote.String()) // nothing, where it is no IP
	return host
}

// Revision is the client's revision of Engine.IO, 3 or 4.
func (v *Sighting) Revision() int {
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
// own id.
func (v *Sighting) In(room string) bool {
	if v.socket == nil {
		return false
	}
	if v.ID == room {
		return true
	}
	r := v.socket.ns.roster
	ro := r.byName[room]
	return ro != nil && r.index(v.socket, ro) >= 0
}

// Weight is about how many bytes the event's arguments take.
func (v *Sighting) Weight() int {
	n := len(v.rest)
	for _, b := range v.attachments {
		n += len(b)
	}
	return n
}

// Args are the event's arguments, a copy but for attachments.
func (v *Sighting) Args() *Args {
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

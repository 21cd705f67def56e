package socketio

import (
	"sync"

	"github.com/ioserver/ioserver/protocol/sio"
)

// Outgoing is an event that was sent to clients, as handlers of OnAnyOutgoing
// are told. It may be kept. One object tells of all clients of a broadcast: it
// is to be read only.
type Outgoing struct {
	packet  packet
	carrier eventHandlers // what leads from a queue to it

	once     sync.Once
	name     string
	args     Args
	wantsAck bool
}

// OnAnyOutgoing adds a handler of every event that is sent to a client of the
// namespace, by whomever: by this server or, in a cluster, by another; to the
// client alone or to many, of which each is told separately. Acknowledgements
// are none of them, nor are volatile events that were dropped.
//
// It runs after the event was queued to the client, in order with the socket's
// other handlers, so it cannot change or stop it. A socket that is behind with
// its handlers, see [Limits.QueuedEvents], is not told of further ones, which
// [Stats.OutgoingOverflows] counts. What a handler emits it hears of in turn.
func (n *registry) OnAnyOutgoing(f func(*Socket, *Outgoing)) {
	n.register(func(h *handlers) { h.outgoing = append(h.outgoing, f) })
}

// Name is the event's name.
func (o *Outgoing) Name() string {
	o.parse()
	return o.name
}

// Args are the arguments, raw. They belong to the event.
func (o *Outgoing) Args() *Args {
	o.parse()
	return &o.args
}

// Decode decodes the leading arguments; see [Args.Decode].
func (o *Outgoing) Decode(targets ...any) error { return o.Args().Decode(targets...) }

// WantsAck reports whether the client was asked for an acknowledgement.
func (o *Outgoing) WantsAck() bool {
	o.parse()
	return o.wantsAck
}

// parse reads what was sent; it was made, or checked, by this package.
func (o *Outgoing) parse() {
	o.once.Do(func() {
		p, err := sio.Parse(o.packet.raw, attachmentsCeiling)
		if err != nil {
			return
		}
		name, rest, err := sio.ParseEvent(p.Data)
		if err != nil {
			return
		}
		o.name, o.wantsAck = string(name), p.HasID
		o.args = Args{Attachments: o.packet.attachments, checked: true}
		o.args.JSON = append(append(append(make([]byte, 0, len(rest)+len("[]")), '['), rest...), ']')
	})
}

// size is what it weighs in each queue that it is in.
func (o *Outgoing) size() int {
	n := len(o.packet.raw)
	for _, b := range o.packet.attachments {
		n += len(b)
	}
	return n
}

// outgoing is what handlers are told of a packet; nil where there are none.
func (n *Namespace) outgoing(p *packet) *Outgoing {
	if len(n.handlers.Load().outgoing) == 0 {
		return nil
	}
	o := &Outgoing{packet: *p}
	o.carrier.outgoing = o
	return o
}

// overhear has the handlers told of what was sent to the socket, unless they
// are behind: a client is not to suffer for what it is sent. Loop only.
func (s *Socket) overhear(o *Outgoing) {
	l := &s.ns.server.limits
	if s.client.waiting.over(load{l.QueuedBytes, l.QueuedEvents}) {
		s.ns.server.counters.outgoingOverflows.Add(1)
		return
	}
	s.enqueue(&Event{socket: s, kind: anOutgoing, handlers: &o.carrier})
}

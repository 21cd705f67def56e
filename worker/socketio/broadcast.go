package socketio

import (
	"context"
	"slices"
	"sync"
)

// Broadcast is an emission to many, or a modified one to one: who gets it is
// collected by its methods, each of which returns a new value. Everybody gets
// it once, in however many of the rooms they are.
type Broadcast struct {
	ns       *Namespace
	sender   *Socket // who does not get it
	rooms    []string
	except   []string
	self     bool // to the sender alone
	volatile bool
	plain    bool // not worth compressing
	local    bool
}

// To adds rooms. A socket's id is a room that it alone is in.
func (b Broadcast) To(rooms ...string) Broadcast {
	b.self = false
	b.rooms = join(b.rooms, rooms)
	return b
}

// In is To.
func (b Broadcast) In(rooms ...string) Broadcast { return b.To(rooms...) }

// Except adds rooms whose members are left out.
func (b Broadcast) Except(rooms ...string) Broadcast {
	b.self = false
	b.except = join(b.except, rooms)
	return b
}

// Broadcast turns an emission to the socket into one to all but the socket.
func (b Broadcast) Broadcast() Broadcast {
	b.self = false
	return b
}

// Volatile lets the event be lost on clients that cannot be written to at once.
func (b Broadcast) Volatile() Broadcast {
	b.volatile = true
	return b
}

// Compress says whether the event is worth compressing, which it is unless this
// says otherwise: an answer to a poll is left uncompressed where all the events
// in it are not. WebSocket messages are never compressed.
func (b Broadcast) Compress(wanted bool) Broadcast {
	b.plain = !wanted
	return b
}

// Local keeps the event on this worker.
func (b Broadcast) Local() Broadcast {
	b.self = false
	b.local = true
	return b
}

// join appends without ever writing into what another value may hold.
func join(a, b []string) []string {
	if len(a) == 0 {
		return b
	}
	return append(slices.Clip(a), b...)
}

// Emit sends an event. It is encoded once. Clients of this worker get it in
// the order in which this goroutine emits, and so do those of each other
// worker.
func (b Broadcast) Emit(event string, args ...any) error {
	if b.self {
		return b.sender.emit(b.volatile, b.plain, event, args)
	}
	p, err := encodeEvent(header{namespace: b.ns.name}, event, args)
	if err != nil {
		return err
	}
	if b.plain {
		p.leaveUncompressed()
	}
	return b.ns.server.adapter.broadcast(&b, &p)
}

// delivery is a broadcast on its way to the sockets of this worker.
type delivery struct {
	ns       *Namespace
	packet   packet
	rooms    []string
	except   []string
	skip     *Socket
	skipID   string // the same of a broadcast from another worker
	foreign  bool   // it is one from another worker
	volatile bool
}

var deliveries = sync.Pool{New: func() any { return new(delivery) }}

// deliver hands a broadcast to the loop.
func (b *Broadcast) deliver(p *packet) error {
	d := deliveries.Get().(*delivery)
	d.ns, d.packet, d.skip, d.volatile = b.ns, *p, b.sender, b.volatile
	d.rooms = append(d.rooms, b.rooms...)
	d.except = append(d.except, b.except...)
	return b.ns.server.enqueue(context.Background(), d)
}

// Run delivers on the loop.
func (d *delivery) Run() {
	ns := d.ns.current()
	ro := ns.roster
	told := ns.outgoing(&d.packet)
	skip := d.skip
	if d.skipID != "" {
		skip = ro.byID[d.skipID]
	}
	sent := uint64(0)
	for s := range ro.targets(d.rooms, d.except, skip) {
		if s.send(&d.packet, d.volatile) {
			sent++
			if told != nil {
				s.overhear(told)
			}
		}
	}
	for s := range ro.awaited(d.rooms, d.except) {
		if s.send(&d.packet, d.volatile) {
			sent++
		}
	}
	if d.ns.server.spectator != nil {
		ns.seenSent(&d.packet, nil, d.rooms, int(sent))
	}
	t := &d.ns.server.tally
	t.deliveries += sent
	if !d.foreign {
		t.emits++
	}
	clear(d.rooms)
	clear(d.except)
	*d = delivery{rooms: d.rooms[:0], except: d.except[:0]}
	deliveries.Put(d)
}

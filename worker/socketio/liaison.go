package socketio

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
)

// liaison joins the namespaces of this worker with those of others, over an
// Adapter. A broadcast is delivered here at once, and published to whoever may
// have members: those who want its rooms; the home of a single socket; else
// all.
type liaison struct {
	server   *Server
	bus      Adapter // nil: this worker is alone
	arrivals *loop.Port
	servers  *serverQueue
	home     sid.Home

	answering *answering

	ended chan struct{}                   // closed by close
	doubt atomic.Pointer[<-chan struct{}] // a join that was not confirmed in time
}

func newLiaison(s *Server) *liaison {
	l := &liaison{server: s, bus: s.options.Adapter, home: s.options.Home, ended: make(chan struct{})}
	if l.bus != nil {
		l.servers = &serverQueue{server: s}
		l.answering = newAnswering(l)
		l.arrivals = s.loop.Port("bus", s.limits.PostedBus)
	}
	return l
}

func (l *liaison) start() error {
	if l.bus == nil {
		return nil
	}
	return l.bus.Start((*arrival)(l))
}

// close ends what the bus has to do with this server.
func (l *liaison) close() error {
	close(l.ended)
	if l.bus == nil {
		return nil
	}
	l.servers.stop() // before the others hear that this server is gone
	l.answering.stop()
	err := l.bus.Close()
	l.servers.wait()
	l.answering.wait()
	return err
}

// route says which other workers a broadcast goes to.
type route struct {
	nowhere bool // it is for this worker alone
	direct  bool // to home, and not for this worker
	home    sid.Home
	narrow  bool // to those who want its rooms, and not to all
	unmet   bool // there may be others that are not known yet
}

func (l *liaison) route(b *Broadcast) route {
	if l.bus == nil || b.local {
		return route{nowhere: true}
	}
	for i, name := range b.rooms {
		h, ok := isID(l.server.homes, b.ns.name, name)
		switch {
		case !ok:
		case i == 0 && len(b.rooms) == 1:
			return route{direct: h != l.home, nowhere: h == l.home, home: h}
		default:
			return route{} // nobody wants an id
		}
	}
	return route{narrow: len(b.rooms) > 0}
}

// broadcast delivers and publishes. Off the loop.
func (l *liaison) broadcast(b *Broadcast, p *packet) error {
	r := l.route(b)
	if !r.nowhere {
		if err := l.named(b); err != nil {
			return err
		}
	}
	if !r.direct {
		if err := b.deliver(p); err != nil {
			return err
		}
	}
	if r.nowhere {
		return nil
	}
	return l.publish(r, b, p)
}

// named checks how many rooms a broadcast names.
func (l *liaison) named(b *Broadcast) error {
	if most := l.server.limits.BroadcastRooms; len(b.rooms) > most || len(b.except) > most {
		return fmt.Errorf("broadcast to other workers: %w", ErrTooManyRooms)
	}
	return nil
}

// scratch holds envelopes until the bus has copied them.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

func (l *liaison) publish(r route, b *Broadcast, p *packet) error {
	buf := scratch.Get().(*[]byte)
	e := envelope{
		namespace: b.ns.name, rooms: b.rooms, except: b.except,
		volatile: b.volatile, plain: p.plain, text: p.raw, attachments: p.attachments,
	}
	if b.sender != nil {
		e.sender = b.sender.id
	}
	*buf = e.append((*buf)[:0])
	err := l.send(r, b, *buf)
	release(buf)
	if err != nil {
		return fmt.Errorf("broadcast to other workers: %w", err)
	}
	l.server.counters.published.Add(1)
	if r.direct {
		l.server.counters.emitsAway.Add(1)
	}
	return nil
}

// send gives a message to the bus, about a broadcast unless the route is direct.
func (l *liaison) send(r route, b *Broadcast, data []byte) (err error) {
	switch {
	case r.direct:
		err = l.bus.Direct(r.home, data)
	case r.narrow:
		err = l.bus.Publish(b.ns.name, b.rooms, data)
	default:
		err = l.bus.Publish(b.ns.name, nil, data)
	}
	if err != nil {
		l.server.counters.publishErrors.Add(1)
	}
	return err
}

func release(buf *[]byte) {
	if cap(*buf) > keptBytes {
		*buf = nil
	}
	scratch.Put(buf)
}

// arrival is a liaison as the receiver of its bus.
type arrival liaison

// Receive takes a message of another worker. It waits while the loop has much
// to do.
func (a *arrival) Receive(from Peer, data []byte) {
	l, s := (*liaison)(a), a.server
	s.counters.received.Add(1)
	if err := l.receive(from, data); err != nil {
		s.counters.busMalformed.Add(1)
		s.logger.Warn("dropped a message of another worker", origin(from.Home), "error", err)
	}
}

// PeerChanged hears of a worker that has come or gone.
func (a *arrival) PeerChanged(p Peer, alive bool) {
	if !alive {
		a.server.requests.gone(p)
		a.answering.gone(p)
	}
}

var errKind = errors.New("unknown kind of message")

func (l *liaison) receive(from Peer, data []byte) error {
	if len(data) < envelopeMinBytes {
		return errShort
	}
	switch data[1] {
	case kindBroadcast:
		return l.deliver(data)
	case kindServerEvent:
		return l.serverEvent(from, data)
	case kindRequest:
		return l.serve(from, data)
	case kindChange:
		return l.serveChange(data)
	case kindAnswer:
		return l.answer(from, data)
	case kindNudge:
		n, id, err := parseNudge(data)
		if err == nil {
			l.answering.nudged(servedKey{from, id}, n)
		}
		return err
	}
	return fmt.Errorf("%w: %x", errKind, data[:envelopeMinBytes])
}

// deliver hands a broadcast of another worker to the loop.
func (l *liaison) deliver(data []byte) error {
	d, err := l.delivery(data)
	if err == nil && d != nil {
		_ = l.arrivals.Post(context.Background(), d) // fails only where the loop has ended
	}
	return err
}

// delivery checks a message and makes it a task. It is nil where nobody can be
// meant.
func (l *liaison) delivery(data []byte) (*delivery, error) {
	e, err := parseEnvelope(data, l.server.limits.BroadcastRooms)
	if err != nil {
		return nil, err
	}
	ns := l.server.namespace(e.namespace)
	if ns == nil {
		return nil, nil
	}
	text, buf := engineio.Room(len(e.text))
	buf = append(buf, e.text...)
	text.Fill(buf)
	d := deliveries.Get().(*delivery)
	d.ns, d.packet = ns, newPacket(text, buf[engineio.Headroom:], e.attachments)
	if e.plain {
		d.packet.leaveUncompressed()
	}
	d.rooms, d.except = append(d.rooms, e.rooms...), append(d.except, e.except...)
	d.skipID, d.volatile, d.foreign = e.sender, e.volatile, true
	return d, nil
}

package socketio

import (
	"context"
	"fmt"
	"sync"

	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
)

// adapter joins the namespaces of this worker with those of others. A broadcast
// is delivered here at once, and published to whoever may have members: those
// who joined the bucket of a single room; the home of a single socket; else
// all.
type adapter struct {
	server   *Server
	feed     *feed.Feed // nil: this worker is alone
	interest *interest
	arrivals *loop.Port
	servers  *serverQueue
	home     sid.Home
}

func newAdapter(s *Server) *adapter {
	a := &adapter{server: s, feed: s.options.Feed, home: s.options.Home}
	if a.feed != nil {
		a.servers = &serverQueue{server: s}
		a.interest = newInterest(a.feed, s)
		a.arrivals = s.loop.Port("bus", s.limits.PostedBus)
		a.feed.Handle(a.arrived)
	}
	return a
}

func (a *adapter) start() error {
	if a.feed == nil {
		return nil
	}
	if err := a.feed.Start(); err != nil {
		return fmt.Errorf("feed: %w", err)
	}
	a.interest.start()
	return nil
}

// close ends what the bus has to do with this server.
func (a *adapter) close() error {
	if a.feed == nil {
		return nil
	}
	a.servers.stop() // before the others hear that this server is gone
	a.interest.close()
	err := a.feed.Close()
	a.servers.wait()
	return err
}

// route says which other workers a broadcast goes to.
type route struct {
	nowhere bool // it is for this worker alone
	direct  bool // to home, and not for this worker
	home    sid.Home
	bucket  uint16
}

func (a *adapter) route(b *Broadcast) route {
	if a.feed == nil || b.local {
		return route{nowhere: true}
	}
	if len(b.rooms) == 1 {
		name := b.rooms[0]
		if h, ok := isID(a.server.homes, b.ns.name, name); ok {
			return route{direct: h != a.home, nowhere: h == a.home, home: h}
		}
	}
	return route{bucket: a.commonBucket(b.ns, b.rooms)}
}

// commonBucket is the bucket of all the rooms, or feed.All where there is none.
func (a *adapter) commonBucket(ns *Namespace, rooms []string) uint16 {
	common := feed.All
	for i, name := range rooms {
		bucket := feed.BucketOf(ns.name, name)
		if _, ok := isID(a.server.homes, ns.name, name); ok || i > 0 && bucket != common {
			return feed.All
		}
		common = bucket
	}
	return common
}

// broadcast delivers and publishes. Off the loop.
func (a *adapter) broadcast(b *Broadcast, p *packet) error {
	r := a.route(b)
	if l := a.server.limits.BroadcastRooms; !r.nowhere && (len(b.rooms) > l || len(b.except) > l) {
		return fmt.Errorf("broadcast to other workers: %w", ErrTooManyRooms)
	}
	if !r.direct {
		if err := b.deliver(p); err != nil {
			return err
		}
	}
	if r.nowhere {
		return nil
	}
	return a.publish(r, b, p)
}

// scratch holds envelopes until the feed has copied them.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

func (a *adapter) publish(r route, b *Broadcast, p *packet) (err error) {
	buf := scratch.Get().(*[]byte)
	e := envelope{
		namespace: b.ns.name, rooms: b.rooms, except: b.except,
		volatile: b.volatile, plain: p.plain, text: p.raw, attachments: p.attachments,
	}
	if b.sender != nil {
		e.sender = b.sender.id
	}
	*buf = e.append((*buf)[:0])
	if r.direct {
		err = a.feed.Direct(r.home.Node, r.home.Slot, *buf)
	} else {
		err = a.feed.Publish(r.bucket, *buf)
	}
	release(buf)
	if err != nil {
		a.server.counters.publishErrors.Add(1)
		return fmt.Errorf("broadcast to other workers: %w", err)
	}
	a.server.counters.published.Add(1)
	if r.direct {
		a.server.counters.emitsAway.Add(1)
	}
	return nil
}

func release(buf *[]byte) {
	if cap(*buf) > keptBytes {
		*buf = nil
	}
	scratch.Put(buf)
}

// arrived takes a message of another worker. On the feed's goroutine, which
// waits while the loop has much to do.
func (a *adapter) arrived(m feed.Delivery) {
	s := a.server
	s.counters.received.Add(1)
	var err error
	if len(m.Data) > 1 && m.Data[1] == kindServerEvent {
		err = a.serverEvent(m)
	} else {
		err = a.deliver(m.Data)
	}
	if err != nil {
		s.counters.busMalformed.Add(1)
		s.logger.Warn("dropped a message of another worker", origin(sid.Home{Node: m.Origin.Node, Slot: m.Origin.Slot}), "error", err)
	}
}

// deliver hands a broadcast of another worker to the loop.
func (a *adapter) deliver(data []byte) error {
	d, err := a.delivery(data)
	if err == nil && d != nil {
		_ = a.arrivals.Post(context.Background(), d) // fails only where the loop has ended
	}
	return err
}

// delivery checks a message and makes it a task. It is nil where nobody can be
// meant.
func (a *adapter) delivery(data []byte) (*delivery, error) {
	e, err := parseEnvelope(data, a.server.limits.BroadcastRooms)
	if err != nil {
		return nil, err
	}
	ns := a.server.namespace(e.namespace)
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

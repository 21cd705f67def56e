package worker

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/loop"
)

const (
	// intakeBytes bounds the frames that wait for the loop. Of those beyond it
	// no more than that they came is kept, until there are twice as many.
	intakeBytes = 32 << 20
	// frameCost is what a frame takes beside its body.
	frameCost = 256
	// queueBytes bounds the frames that wait for the bus, or as much as four of
	// the largest bodies, if that is more.
	queueBytes = 32 << 20
)

// busRelay is the relay's end of the bus: frames to, and of, the workers of
// other nodes.
type busRelay struct {
	relay  *relay
	ctx    context.Context // the worker's
	bus    broker.Broker
	prefix string // of the subjects
	queue  *busQueue

	intake                      atomic.Int64 // bytes that wait for the loop
	malformed, stale, overflows atomic.Uint64
	refused                     atomic.Uint64 // requests: too many were arriving

	// The rest belongs to the loop.
	gather  gatherer
	members map[station]struct{} // of other nodes
}

func newBusRelay(ctx context.Context, r *relay, bus broker.Broker, cluster string) *busRelay {
	b := &busRelay{
		relay:   r,
		ctx:     ctx,
		bus:     bus,
		prefix:  "_ioserver." + cluster + ".relay1.",
		queue:   newBusQueue(bus, max(queueBytes, 4*int(r.bodyLimit.Load()))),
		members: make(map[station]struct{}),
	}
	b.gather = newGatherer(&r.bodyLimit, &b.refused)
	b.queue.failed = b.undelivered
	return b
}

// run publishes until the worker ends.
func (b *busRelay) run() error {
	b.queue.run(b.ctx)
	return nil
}

// start listens.
func (b *busRelay) start() error {
	if _, err := b.bus.Subscribe(b.subject(b.relay.self.home()), b.receive); err != nil {
		return fmt.Errorf("relay: listen on the bus: %w", err)
	}
	b.bus.OnGap(b.missed)
	b.bus.OnState(func(s broker.State) {
		switch {
		case s.Drained:
			b.queue.drained()
		case s.Condition == broker.Connected:
			b.missed()
		}
	})
	return nil
}

func (b *busRelay) subject(h sid.Home) string {
	s := make([]byte, 0, len(b.prefix)+9)
	s = strconv.AppendUint(append(s, b.prefix...), uint64(h.Node), 10)
	return string(strconv.AppendUint(append(s, '.'), uint64(h.Slot), 10))
}

// head begins a frame of ours.
func (b *busRelay) head(kind frameKind, to station, id uint64, number uint32) []byte {
	from := b.relay.self
	from.id = id
	return appendHead(make([]byte, 0, frameHead+8), kind, to.life, from, number)
}

// arrival is a frame on its way to the loop.
type arrival struct {
	*frame
	bus  *busRelay
	cost int64
	lost bool // there was no room for its body
}

// receive takes a frame, on the broker's dispatch goroutine.
func (b *busRelay) receive(m broker.Message) {
	f, err := parseFrame(m.Data)
	if err != nil {
		b.malformed.Add(1)
		return
	}
	if f.life != b.relay.self.life || f.from.home.Node == b.relay.self.node {
		b.stale.Add(1) // for our slot's earlier life, or of a node that has our number and has yet to give it up
		return
	}
	a := &arrival{frame: f, bus: b, cost: int64(len(f.body) + frameCost)}
	if before := b.intake.Load(); before+a.cost > intakeBytes {
		b.overflows.Add(1)
		if before > 2*intakeBytes {
			return
		}
		a.lost, f.body, a.cost = len(f.body) > 0, nil, frameCost
	}
	b.intake.Add(a.cost)
	b.relay.loop.Post(a)
}

// Run takes the frame on the loop.
func (a *arrival) Run() {
	b, r := a.bus, a.bus.relay
	b.intake.Add(-a.cost)
	switch a.kind {
	case frameRequest:
		b.request(a)
	case frameAnswer:
		b.answer(a)
	case frameCancel:
		b.gather.drop(a.asker())
		r.cancelled(a.asker())
	case frameStill:
		if r.open[a.asker()] == nil {
			b.gather.drop(a.asker())
			r.refuse(a.asker())
		}
	case frameMissed:
		b.verify(func(s station) bool { return s == a.from })
	case frameOpen:
		r.serveTunnel(a)
	default:
		r.ofTunnel(a)
	}
}

func (b *busRelay) request(a *arrival) {
	from := a.asker()
	if a.lost {
		b.gather.drop(from)
		b.relay.refuse(from)
		return
	}
	x, refuse, err := b.gather.add(from, a.number, a.flags, a.body)
	if len(b.gather.partial) > 0 {
		b.relay.watch()
	}
	switch {
	case x != nil:
		b.relay.serve(from, x)
	case refuse:
		b.relay.refuse(from)
	case err != nil:
		b.malformed.Add(1)
	}
}

func (b *busRelay) answer(a *arrival) {
	r := b.relay
	switch q := r.waiting[a.id]; {
	case q == nil || q.to != a.from: // cancelled, or another life's
	case a.lost:
		r.lost.Add(1)
		r.settle(a.id, unavailable())
	case r.answerPiece(a.id, a.number, a.flags, a.body) != nil:
		b.malformed.Add(1)
	}
}

// missed asks whether what is under way still is, after frames may have been
// lost on their way to us, and has the others ask.
func (b *busRelay) missed() {
	b.relay.loop.Post(loop.Func(func() {
		for s := range b.members {
			b.queue.post(b.subject(s.home), b.head(frameMissed, s, 0, 0))
		}
		b.verify(func(station) bool { return true })
	}))
}

// verify asks those stations whether what is under way with them still is.
func (b *busRelay) verify(of func(station) bool) {
	for number, q := range b.relay.waiting {
		if q.to.life != 0 && q.sent.Load() && of(q.to) {
			b.still(number, q)
		}
	}
	for _, t := range b.relay.tunnels {
		if of(t.to) {
			t.probe(true)
		}
	}
}

// still asks whether a question is under way where it went.
func (b *busRelay) still(number uint64, q *question) {
	b.queue.post(b.subject(q.to.home), b.head(frameStill, q.to, number, 0))
}

// undelivered hears of a frame that the bus did not take, on the queue's
// goroutine.
func (b *busRelay) undelivered(lost busFrame) {
	f, err := parseFrame(lost.data)
	if err != nil {
		return // not of ours
	}
	if f.kind == frameAnswer && len(lost.data) > shortFrame { // its client has to know that something is missing
		busWay{b, station{life: f.life}}.answerTo(lost.subject, f.id, unavailable())
	}
	b.relay.loop.Post(loop.Func(func() {
		r := b.relay
		switch f.kind {
		case frameRequest:
			r.settle(f.id, unavailable())
		case frameOpen, frameData, frameWindow:
			r.tunnelCut(f, closedByBus)
		}
	}))
}

// member hears who of the other nodes comes and goes. Any goroutine.
func (b *busRelay) member(s station, alive bool) {
	if s.home.Node == b.relay.self.node {
		return // the master tells, and sooner
	}
	b.relay.loop.Post(loop.Func(func() {
		if alive {
			b.members[s] = struct{}{}
			return
		}
		delete(b.members, s)
		// No other life than this: another machine may have the same number.
		b.gather.forget(func(a asker) bool { return a.station() == s })
		b.relay.gone(func(other station) bool { return other == s })
		b.relay.tunnelsDown(s)
	}))
}

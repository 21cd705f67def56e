package broker

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// NATS is the Broker over nats.go. All subscriptions share one channel, which
// one goroutine empties: that is what keeps messages in order. nats.go would
// drop what does not fit into it; instead the link stops reading (see link), so
// that the server's own bound decides, which ends the connection and thereby
// leaves a gap at a known place.
type NATS struct {
	o      NATSOptions
	nc     *nats.Conn
	caster *caster
	ended  chan struct{} // nats.go has closed
	wg     sync.WaitGroup

	in      chan *nats.Msg // messages and marks, in order
	intake  intake
	joiner  *joiner // of the dispatch goroutine
	gap     gapListeners
	lateGap atomic.Bool // a gap that found no room in the channel
	gapped  bool        // of the dispatch goroutine: the last thing was a gap

	link       atomic.Pointer[link] // the present or last connection
	generation atomic.Uint64
	maxPayload atomic.Int64
	background atomic.Bool // dial for real
	report     attempts

	readyMu  sync.Mutex
	ready    chan struct{} // closed while connected
	closed   bool
	quitting atomic.Bool // deliver nothing more

	subsMu sync.RWMutex
	subs   map[*nats.Subscription]*natsSub
	active atomic.Int64 // len(subs): Stats does not wait for subsMu, which Subscribe holds while a dial lasts

	marksMu sync.Mutex
	marks   map[*nats.Msg]func()

	said   time.Time // last log line about an error
	unsaid int

	requests requests
	parts    atomic.Uint64 // id of the next message in parts

	published, publishedBytes, delivered, deliveredBytes atomic.Uint64
	refused, overflows, cut, joined                      atomic.Uint64
	connects, gaps, lost, errors                         atomic.Uint64
}

// ConnectNATS begins to connect and returns. It fails only on bad options: a
// server that does not answer is tried again for ever, which OnState reports and
// the logger says at once and then at growing pauses. To wait for the
// connection, Flush.
func ConnectNATS(o NATSOptions) (*NATS, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &NATS{
		o: o, caster: newCaster(State{Condition: Connecting}), ended: make(chan struct{}),
		in: make(chan *nats.Msg, o.QueueMessages+reserve), ready: make(chan struct{}),
		subs: make(map[*nats.Subscription]*natsSub), marks: make(map[*nats.Msg]func()),
		joiner: newJoiner(o),
	}
	b.intake.room = make(chan struct{}, 1)
	b.parts.Store(randomID())
	b.requests.init(o)
	// Nothing may come of this call but bad options: Dial fails until nats.go
	// has gone on in the background.
	nc, err := nats.Connect(strings.Join(o.Servers, ","), b.client()...)
	if err != nil {
		return nil, fmt.Errorf("broker: connect: %w", err)
	}
	b.nc = nc
	b.wg.Go(b.dispatch)
	b.background.Store(true)
	return b, nil
}

// SetServers replaces the servers. The present connection stays; the next
// attempt goes to the new ones.
func (b *NATS) SetServers(urls []string) error {
	if len(urls) == 0 {
		return fmt.Errorf("broker: no NATS server given")
	}
	if err := b.nc.SetServerPool(urls); err != nil {
		return fmt.Errorf("broker: set servers: %w", err)
	}
	return nil
}

// State is the state of now, which receivers of OnState may not have heard of
// yet. Drained is never set.
func (b *NATS) State() State { return b.caster.present() }

// OnState implements Broker.
func (b *NATS) OnState(f func(State)) { b.caster.listen(f) }

// OnGap implements Broker.
func (b *NATS) OnGap(f func()) { b.gap.add(f) }

// Generation implements Broker.
func (b *NATS) Generation() uint64 { return b.generation.Load() }

// ServerID implements Broker.
func (b *NATS) ServerID() string {
	l := b.link.Load()
	if l == nil || !l.ready.Load() {
		return ""
	}
	return *l.server.Load() // set before ready was
}

// MaxPayload implements Broker. Before the first connection it is NATS's default.
func (b *NATS) MaxPayload() int {
	if n := b.maxPayload.Load(); n > 0 {
		return int(n)
	}
	return 1 << 20
}

// Stats implements Broker.
func (b *NATS) Stats() Stats {
	s := Stats{
		Published: b.published.Load(), PublishedBytes: b.publishedBytes.Load(),
		Delivered: b.delivered.Load(), DeliveredBytes: b.deliveredBytes.Load(),
		Refused: b.refused.Load(), Overflows: b.overflows.Load(),
		Cut: b.cut.Load(), Joined: b.joined.Load(), PartsDropped: b.joiner.dropped.Load() + b.requests.joiner.dropped.Load(),
		Connects: b.connects.Load(), Gaps: b.gaps.Load(), Lost: b.lost.Load(),
		Errors: b.errors.Load(), Subscriptions: int(b.active.Load()),
	}
	if l := b.link.Load(); l != nil {
		s.Outgoing = l.outgoing()
	}
	return s
}

// Flush implements Broker.
func (b *NATS) Flush(ctx context.Context) error {
	for {
		if err := b.awaitReady(ctx); err != nil {
			return err
		}
		generation := b.generation.Load()
		attempt, cancel := context.WithTimeout(ctx, b.o.PingInterval*(maxPingsOut+1))
		err := b.nc.FlushWithContext(attempt)
		cancel()
		switch {
		case err == nil && b.generation.Load() == generation:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case b.nc.IsClosed():
			return ErrClosed
		}
	}
}

// Close implements Broker.
func (b *NATS) Close() error {
	b.readyMu.Lock()
	first := !b.closed
	b.closed = true
	if first {
		b.setReadyLocked(true) // let go of who waits
	}
	b.readyMu.Unlock()
	if !first {
		<-b.ended
		return nil
	}
	b.quitting.Store(true)
	b.requests.close()
	b.nc.Close()
	<-b.ended
	b.in <- quitMark
	b.wg.Wait()
	b.joiner.close()
	b.caster.close()
	return nil
}

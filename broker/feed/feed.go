package feed

import (
	"errors"
	"fmt"
	"sync"

	"github.com/ioserver/ioserver/broker"
)

// NumBuckets is the number of buckets that rooms are spread over. All workers
// of a cluster must agree on it.
const NumBuckets = 4096

// All is the bucket that every worker has.
const All uint16 = NumBuckets

// Errors that callers are expected to tell apart.
var (
	ErrClosed    = errors.New("feed: closed")
	ErrTooLarge  = errors.New("feed: message is too large")
	ErrBadBucket = errors.New("feed: no such bucket")
	ErrSelf      = errors.New("feed: a direct message to this worker itself")
)

// Origin is one life of one worker.
type Origin struct {
	Node uint16
	Slot uint8
	Life uint64 // random per process, never 0
}

// Delivery is one message of another worker. Data belongs to the receiver.
type Delivery struct {
	Origin Origin
	Bucket uint16 // meaningless when Direct
	Direct bool
	Data   []byte
}

// Feed is one worker's end. Methods may be called from any goroutine, none of
// them on an event loop.
type Feed struct {
	b        broker.Broker
	o        Options
	subjects *subjects
	out      *outbox
	in       *inbox
	queue    *queue
	clock    *clock
	confirms *confirms
	interest interest
	handle   func(Delivery)
	onPeer   func(Origin, bool)
	wg       sync.WaitGroup
	closing  sync.Once

	delivered delivered
}

// New checks the options. The Broker stays the caller's and must outlive the Feed.
func New(b broker.Broker, o Options) (*Feed, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	f := &Feed{b: b, o: o, subjects: newSubjects(o.Cluster), queue: newQueue(o), clock: newClock(o.Beat)}
	f.out = newOutbox(b, o, f.subjects)
	f.in = newInbox(b, o, f.subjects, f.queue, f.clock)
	f.confirms = newConfirms(b, o, f.subjects, f.in.left)
	f.interest.buckets = make(map[uint16]broker.Subscription)
	f.handle = func(Delivery) {}
	f.onPeer = func(Origin, bool) {}
	return f, nil
}

// Origin is this worker's, with its life.
func (f *Feed) Origin() Origin { return f.o.Origin }

// Handle sets the receiver of messages, called one at a time on the Feed's own
// goroutine. It may block: messages then wait in a bounded queue, and beyond it
// in the rings of their origins. Before Start only.
func (f *Feed) Handle(h func(Delivery)) { f.handle = h }

// OnPeer sets the receiver of workers' comings and goings, called on the same
// goroutine as the message handler and in order with its calls. Before Start only.
func (f *Feed) OnPeer(h func(o Origin, alive bool)) { f.onPeer = h }

// Start subscribes to All, to this worker's own messages and to the beats. It
// does not wait for a server. Once only; a Feed that fails to start is closed.
func (f *Feed) Start() error {
	f.wg.Go(f.deliver)
	f.wg.Go(func() { f.clock.run(f) })
	f.wg.Go(f.confirms.run)
	f.b.OnGap(f.in.gap)
	home := f.subjects.home(f.o.Origin.Node, f.o.Origin.Slot)
	for _, subject := range []string{f.subjects.all, home} {
		s, err := f.b.Subscribe(subject, f.receive)
		if err != nil {
			f.Close()
			return fmt.Errorf("feed: start: %w", err)
		}
		f.interest.mu.Lock()
		f.interest.fixed = append(f.interest.fixed, s)
		f.interest.mu.Unlock()
	}
	f.b.OnState(f.onState)
	return nil
}

// onState announces this worker wherever it has been away.
func (f *Feed) onState(s broker.State) {
	connected := s.Condition == broker.Connected
	f.in.setConnected(connected)
	f.clock.connected(connected)
	switch {
	case connected && s.Drained:
		f.out.announce(0) // failing, it is tried again before the next message
	case connected:
		f.out.announce(flagHello)
	}
}

// receive takes whatever comes over the bus, on the broker's dispatch goroutine.
func (f *Feed) receive(m broker.Message) {
	k, o, body, err := parseOrigin(m.Data)
	if err == nil {
		switch k {
		case kindRequest:
			err = f.request(o, body)
		case kindQuestion:
			err = f.question(o, body)
		case kindWord:
			err = f.word(o, body)
		default:
			f.in.receive(k, o, body)
		}
	}
	if err != nil {
		f.in.malformed()
	}
}

func (f *Feed) request(o Origin, body []byte) error {
	q, err := parseRequest(body)
	if err == nil && q.life == f.o.Origin.Life && o.home() != f.o.Origin.home() {
		f.out.answer(o, q)
	}
	return err
}

func (f *Feed) question(o Origin, body []byte) error {
	q, err := parseQuestion(body)
	if err == nil {
		f.confirms.answer(o, q)
	}
	return err
}

func (f *Feed) word(o Origin, body []byte) error {
	w, err := parseWord(body)
	if err == nil && !f.confirms.answered(o, w) {
		f.in.outdated()
	}
	return err
}

// Publish sends data to every other worker that has joined the bucket (or All).
// data is copied. It does not wait for the network: what the broker does not
// take now is kept in the ring and delivered later. ErrTooLarge, ErrBadBucket,
// ErrClosed.
func (f *Feed) Publish(bucket uint16, data []byte) error {
	if bucket > All {
		return ErrBadBucket
	}
	return f.out.publish(bucketStream(bucket), data)
}

// Direct sends data to the present life of one worker, in order with Publish.
// A home that does not exist is no error; this worker's own is ErrSelf.
func (f *Feed) Direct(node uint16, slot uint8, data []byte) error {
	s := homeStream(node, slot)
	if s == f.o.Origin.home() {
		return ErrSelf
	}
	return f.out.publish(s, data)
}

// Alive reports whether the home's present life is heard.
func (f *Feed) Alive(node uint16, slot uint8) bool {
	f.in.mu.Lock()
	defer f.in.mu.Unlock()
	p := f.in.peers[homeStream(node, slot)]
	return p != nil && p.alive
}

// Peers lists the other workers known.
func (f *Feed) Peers() []Peer { return f.in.snapshot() }

// Met is closed once Peers lists all who were there when this worker came: a
// beat after it has first been connected.
func (f *Feed) Met() <-chan struct{} { return f.clock.met }

// Close says goodbye to the others, unsubscribes and waits for the Feed's
// goroutines, the handler's current call included: not to be called by it. What
// waits in the queue is dropped. The Broker stays open.
func (f *Feed) Close() error {
	f.closing.Do(func() {
		f.out.close()
		f.in.close()
		f.interest.close()
		f.confirms.close()
		f.clock.stop()
		f.queue.close()
	})
	f.wg.Wait()
	return nil
}

package feed

import (
	"errors"
	"sync"
	"time"

	"github.com/ioserver/ioserver/broker"
)

// maxHomes bounds the homes whose direct messages are numbered; beyond it those
// of which the ring holds nothing are forgotten.
const maxHomes = 2 * NumBuckets

// staleRetry is the pause between two attempts to get a beat out before the next
// message, when the broker is full and says nothing.
const staleRetry = 5 * time.Millisecond

// outbox is the sending half: it numbers messages, keeps them in the ring, and
// publishes them while the way is known to be whole. When anything did not go
// out, or the broker has connected anew, a beat goes first: it tells receivers
// what they miss before they see anything newer.
//
// Lock order: inbox.mu before outbox.mu is never needed, nor the reverse; the
// broker is called under outbox.mu, so that numbers go out in order.
type outbox struct {
	b        broker.Broker
	origin   Origin
	subjects *subjects
	max      int // bytes of a message

	mu         sync.Mutex
	ring       ring
	tick       uint32
	buckets    [NumBuckets + 1]uint64 // newest number
	homes      map[stream]uint64
	changed    []stream // since the last beat
	beats      uint64
	beatHead   uint64 // newest number at the last beat
	stale      bool   // a beat must go first
	generation uint64 // of the broker at the last beat
	retry      time.Time
	closed     bool

	stats Stats // its share
}

func newOutbox(b broker.Broker, o Options, s *subjects) *outbox {
	return &outbox{
		b: b, origin: o.Origin, subjects: s, max: o.MaxMessage, stale: true,
		ring: ring{maxMessages: o.RingMessages, maxBytes: o.RingBytes}, homes: make(map[stream]uint64),
	}
}

// publish sends and keeps one message.
func (t *outbox) publish(s stream, data []byte) error {
	if len(data) > t.max {
		return ErrTooLarge
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ErrClosed
	}
	whole := t.whole()
	m := message{beat: byte(t.beats), stream: s, number: t.ring.head + 1, prev: t.newest(s), data: data}
	frame := appendMessage(make([]byte, 0, maxHeader+len(data)), t.origin, m)
	if whole {
		err := t.b.Publish(t.subjects.of(s), frame)
		if errors.Is(err, broker.ErrTooLarge) {
			return ErrTooLarge
		}
		// Connected anew meanwhile: one cannot tell what the message followed.
		whole = err == nil && t.b.Generation() == t.generation
		t.stale = !whole
	}
	if !whole {
		t.stats.Deferred++
	}
	t.keep(m, frame)
	return nil
}

// keep commits a message.
func (t *outbox) keep(m message, frame []byte) {
	if m.prev <= t.beatHead {
		t.changed = append(t.changed, m.stream)
	}
	if m.stream.direct() {
		t.setHome(m)
	} else {
		t.buckets[m.stream.bucket()] = m.number
	}
	t.ring.push(kept{prev: m.prev, frame: frame, stream: m.stream, tick: t.tick, data: uint8(len(frame) - len(m.data))})
	t.stats.Published++
	t.stats.PublishedBytes += uint64(len(m.data))
}

func (t *outbox) setHome(m message) {
	t.homes[m.stream] = m.number
	if len(t.homes) <= maxHomes {
		return
	}
	oldest := min(t.ring.oldest(), t.beatHead+1)
	for s, n := range t.homes {
		if n < oldest {
			delete(t.homes, s)
		}
	}
}

// newest is the number of the newest message of a stream, 0: none.
func (t *outbox) newest(s stream) uint64 {
	if s.direct() {
		return t.homes[s]
	}
	return t.buckets[s.bucket()]
}

// whole reports whether messages may follow those before, after a beat if need be.
func (t *outbox) whole() bool {
	if !t.stale && t.b.Generation() == t.generation {
		return true
	}
	if t.stale && time.Now().Before(t.retry) {
		return false
	}
	return t.beat(0) == nil
}

// announce sends a beat.
func (t *outbox) announce(flags byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return ErrClosed
	}
	return t.beat(flags)
}

func (t *outbox) beat(flags byte) error {
	generation := t.b.Generation()
	if t.stale || generation != t.generation {
		flags |= flagBroken
	}
	b := beat{flags: flags, number: t.beats + 1, head: t.ring.head, since: t.beatHead}
	b.changes = make([]change, len(t.changed))
	for i, s := range t.changed {
		b.changes[i] = change{s, t.newest(s)}
	}
	if len(b.changes) > maxEntries { // receivers will ask
		b.since, b.changes = b.head, nil
	}
	if err := t.b.Publish(t.subjects.all, appendBeat(nil, t.origin, b)); err != nil {
		t.stale, t.retry = true, time.Now().Add(staleRetry)
		return err
	}
	t.beats++
	t.beatHead, t.changed = t.ring.head, t.changed[:0]
	t.generation = generation
	t.stale = t.b.Generation() != generation
	t.stats.Beats++
	return nil
}

// expire moves the clock of the ring, a beat a tick.
func (t *outbox) expire(age uint32) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tick++
	if t.tick > age {
		t.ring.expire(t.tick - age)
	}
}

// close sends the last beat; nothing goes out any more.
func (t *outbox) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.closed {
		t.beat(flagBye) // whoever misses it notices the silence
		t.closed = true
	}
}

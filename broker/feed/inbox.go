package feed

import (
	"log/slog"
	"sync"
	"time"

	"github.com/ioserver/ioserver/broker"
)

// joining is set in the mark of a bucket whose join is not complete.
const joining = 1 << 63

// inbox is the receiving half: it knows the peers, checks that nothing is
// missing, and fills the queue. Its lock is held for short whiles only, by the
// broker's dispatch goroutine mostly; queue.mu may be taken within it.
type inbox struct {
	b        broker.Broker
	o        Options
	subjects *subjects
	queue    *queue
	clock    *clock
	log      *slog.Logger

	mu        sync.Mutex
	peers     map[stream]*peer // by home
	retired   map[stream][]uint64
	displaced map[stream]*peer // by the home's present life, or its last
	joined    buckets
	mark      [NumBuckets]uint64 // number of the bucket's join
	marks     uint64             // joins completed
	joins     uint64             // joins begun
	requests  uint32
	asking    int // requests under way
	connected bool
	closed    bool
	said      time.Time // last log line about a loss

	stats Stats // its share
}

func newInbox(b broker.Broker, o Options, s *subjects, q *queue, c *clock) *inbox {
	return &inbox{
		b: b, o: o, subjects: s, queue: q, clock: c, log: o.Logger,
		peers: make(map[stream]*peer), retired: make(map[stream][]uint64), displaced: make(map[stream]*peer),
	}
}

// receive takes a frame of another worker; requests are not its business.
func (x *inbox) receive(k kind, o Origin, body []byte) {
	var err error
	switch k {
	case kindMessage:
		var m message
		if m, err = parseMessage(body); err == nil {
			x.message(o, m)
		}
	case kindBeat:
		var t beat
		var changes reader
		if t, changes, err = parseBeat(body); err == nil {
			x.beat(o, t, changes)
		}
	case kindAnswer:
		var a answer
		var rest reader
		if a, rest, err = parseAnswer(body); err == nil {
			err = x.answer(o, a, rest)
		}
	default:
		err = errMalformed
	}
	if err != nil {
		x.malformed()
	}
}

func (x *inbox) malformed() {
	x.mu.Lock()
	x.stats.Malformed++
	x.mu.Unlock()
}

func (x *inbox) outdated() {
	x.mu.Lock()
	x.stats.Stale++
	x.mu.Unlock()
}

// wants reports whether this worker receives the stream.
func (x *inbox) wants(s stream) bool { return x.joined.wants(s, x.o.Origin.home()) }

// fresh reports whether the stream was joined so recently that what we have not
// received of it may be older than the join.
func (x *inbox) fresh(p *peer, s stream) bool {
	if s.direct() || s.bucket() == All || x.mark[s.bucket()] <= p.mark {
		return false
	}
	l, ok := p.last[s]
	return !ok || l.joined
}

// message takes a live message.
func (x *inbox) message(o Origin, m message) {
	x.mu.Lock()
	defer x.mu.Unlock()
	p := x.peer(o, m.number-1)
	if p == nil {
		return
	}
	p.seen = max(p.seen, m.number)
	wanted := x.wants(m.stream)
	switch {
	case p.behind:
		if wanted {
			x.stats.Passed++
		}
	case p.known && m.beat != byte(p.beat):
		x.missed(p) // a beat, and who knows what else
	case m.number <= p.pos:
		x.stats.Duplicates++
	case !wanted:
		p.pos = m.number
	case m.prev > p.newest(m.stream) && !x.fresh(p, m.stream):
		x.missed(p)
	case !x.deliver(p, m):
		x.stats.QueueOverflows++
		x.fallBehind(p, p.pos)
	}
}

// deliver queues a message and notes it; false: no room.
func (x *inbox) deliver(p *peer, m message) bool {
	d := Delivery{Origin: p.origin, Direct: m.stream.direct(), Data: m.data}
	if !d.Direct {
		d.Bucket = m.stream.bucket()
	}
	if !x.queue.push(d) {
		return false
	}
	p.note(m)
	return true
}

// beat takes a beat: is everything there that its origin has published?
func (x *inbox) beat(o Origin, t beat, changes reader) {
	x.mu.Lock()
	defer x.mu.Unlock()
	p := x.peer(o, t.head)
	if p == nil {
		return
	}
	if p.known && t.number <= p.beat {
		x.stats.Duplicates++
		return
	}
	if t.flags&flagHello != 0 {
		x.clock.soon()
	}
	if !p.known { // first heard of between two beats
		p.verified = max(p.verified, t.since)
	}
	p.beat, p.known = t.number, true
	p.seen = max(p.seen, t.head)
	switch {
	case p.behind && t.flags&(flagBroken|flagHello) != 0:
		x.askAgain(p)
	case p.behind:
	case t.since > p.verified || x.misses(p, t, changes):
		x.missed(p)
	default:
		p.verify(t.head, x.marks)
	}
	if t.flags&flagBye != 0 {
		x.retire(p)
	}
}

// misses reports whether a change of a beat was not received. Whether one of a
// fresh stream should have been, its origin knows not: it should, as far as we
// can tell, when the origin was not connected for a while.
func (x *inbox) misses(p *peer, t beat, changes reader) bool {
	broken := t.flags&flagBroken != 0
	for {
		c, ok := changes.next(t)
		if !ok {
			return false
		}
		if x.wants(c.stream) && c.number > p.newest(c.stream) && (broken || !x.fresh(p, c.stream)) {
			return true
		}
	}
}

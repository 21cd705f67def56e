package feed

import (
	"log/slog"
	"sync"
	"time"

	"github.com/ioserver/ioserver/broker"
)

// Bounds of what is remembered of others.
const (
	maxPeers   = 4096
	maxRetired = 4 // earlier lives of one home
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
		peers: make(map[stream]*peer), retired: make(map[stream][]uint64),
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

// forget drops a peer that is not alive.
func (x *inbox) forget(p *peer) {
	if p.behind && p.seen > p.pos {
		x.lose(p, p.lost+1, "its worker is gone")
	}
	delete(x.peers, p.origin.home())
}

// peer finds or makes the peer of an origin; from is where a new one begins. nil:
// the frame is of no use.
func (x *inbox) peer(o Origin, from uint64) *peer {
	home := o.home()
	if x.closed {
		return nil
	}
	p := x.peers[home]
	if p == nil || p.origin != o {
		if p = x.meet(o, home, p, from); p == nil {
			return nil
		}
	}
	x.hear(p)
	return p
}

// hear takes note of a sign of life, of one that had been given up too: then the
// question is what was missed.
func (x *inbox) hear(p *peer) {
	p.silent, p.heard = 0, x.clock.now()
	if p.alive {
		return
	}
	p.alive = true
	x.tell(p)
	if p.behind {
		p.progress = p.heard
		x.ask(p)
		return
	}
	x.fallBehind(p, p.pos)
}

func (x *inbox) meet(o Origin, home stream, old *peer, from uint64) *peer {
	for _, life := range x.retired[home] {
		if life == o.Life {
			x.stats.Stale++
			return nil
		}
	}
	if home == x.o.Origin.home() { // our own, an earlier life's, or a usurper's
		x.stats.Stale++
		return nil
	}
	if old != nil {
		x.retire(old)
	} else if len(x.peers) >= maxPeers {
		x.stats.Stale++
		return nil
	}
	p := &peer{origin: o, alive: true, seen: from, pos: from, verified: from, mark: x.marks}
	x.peers[home] = p
	x.tell(p)
	return p
}

// retire forgets a life for good.
func (x *inbox) retire(p *peer) {
	home := p.origin.home()
	x.die(p)
	x.forget(p)
	lives := append(x.retired[home], p.origin.Life)
	if len(lives) > maxRetired {
		lives = lives[len(lives)-maxRetired:]
	}
	x.retired[home] = lives
}

// tell queues a peer whose state has changed.
func (x *inbox) tell(p *peer) {
	if !p.queued {
		p.queued = true
		x.queue.add(item{peer: p})
	}
}

// tick counts the silence of the others, once a beat.
func (x *inbox) tick() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.connected {
		return // it is we who hear nothing
	}
	old := x.clock.now().Add(-x.o.RingAge)
	for _, p := range x.peers {
		p.silent++
		switch {
		case p.alive && p.silent > x.o.DeadBeats:
			x.die(p)
		case !p.alive && p.heard.Before(old): // its ring holds nothing any more
			x.forget(p)
		}
	}
	x.askWaiting()
}

// die gives up a peer that is silent; it may come back, and then what it was
// behind with is asked for again.
func (x *inbox) die(p *peer) {
	x.unask(p)
	p.waiting = false
	if p.alive {
		p.alive = false
		x.tell(p)
	}
}

// snapshot lists the peers.
func (x *inbox) snapshot() []Peer {
	x.mu.Lock()
	defer x.mu.Unlock()
	all := make([]Peer, 0, len(x.peers))
	for _, p := range x.peers {
		all = append(all, Peer{Origin: p.origin, Alive: p.alive, Heard: p.heard, Behind: p.behind})
	}
	return all
}

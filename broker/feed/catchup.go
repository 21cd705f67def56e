package feed

import "time"

// Asking for a replay.
const (
	askPauseMin = 100 * time.Millisecond // before an unanswered request is repeated, doubling
	askPauseMax = time.Second
	askAgainMin = 20 * time.Millisecond // before a sign of an interruption makes it be repeated
	maxAsking   = 32                    // requests under way

	losePause = time.Second // between two log lines about losses
)

// missed: something is missing, though there was no interruption of ours.
func (x *inbox) missed(p *peer) {
	x.stats.Gaps++
	x.fallBehind(p, p.verified)
}

// fallBehind begins to pull what follows from.
func (x *inbox) fallBehind(p *peer, from uint64) {
	if p.behind {
		return
	}
	p.behind, p.pos, p.lost, p.tries = true, from, 0, 0
	p.progress = x.clock.now()
	x.ask(p)
}

// unask forgets the request under way.
func (x *inbox) unask(p *peer) {
	if p.asked != 0 {
		p.asked = 0
		x.asking--
	}
}

// repeat asks once more for the same. The answers to all such requests are as
// good, or a slow answer would never be accepted.
func (x *inbox) repeat(p *peer) {
	since, sure, mark, redo := p.since, p.sure, p.askMark, p.redo
	under := p.asked != 0
	x.ask(p)
	if under && p.asked != 0 {
		p.since, p.sure, p.askMark, p.redo = since, sure, mark, redo
	}
}

// ask requests the next chunk, as soon as there is room for it.
func (x *inbox) ask(p *peer) {
	x.unask(p)
	if x.asking >= maxAsking || !x.queue.room() {
		p.waiting = true
		return
	}
	p.waiting = false
	if x.requests++; x.requests == 0 {
		x.requests = 1
	}
	x.asking++
	p.asked, p.since, p.sure = x.requests, x.requests, x.requests
	p.askedAt, p.askMark, p.redo = x.clock.now(), x.marks, maxNumber
	p.tries++
	q := request{life: p.origin.Life, id: p.asked, from: p.pos, buckets: &x.joined}
	if x.b.Publish(x.subjects.home(p.origin.Node, p.origin.Slot), appendRequest(nil, x.o.Origin, q)) == nil {
		x.stats.ReplayRequests++
	}
	x.clock.wake()
}

// askAgain: the peer or we have been away, so an older request may have been in
// vain.
func (x *inbox) askAgain(p *peer) {
	if p.asked != 0 && x.clock.now().Sub(p.askedAt) > askAgainMin {
		x.repeat(p)
	}
}

// askWaiting asks for those that wait, while there is room.
func (x *inbox) askWaiting() {
	for _, p := range x.peers {
		if p.waiting {
			p.progress = x.clock.now()
			x.ask(p)
		}
	}
}

// answer takes a chunk of a peer's ring.
func (x *inbox) answer(o Origin, a answer, rest reader) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	p := x.peers[o.home()]
	if p == nil || p.origin != o || a.life != x.o.Origin.Life || !p.expects(a) {
		x.stats.Stale++
		return nil
	}
	if err := rest.body(&a); err != nil {
		return err
	}
	final := a.final && int32(a.id-p.sure) >= 0
	x.unask(p)
	x.hear(p)
	p.tries, p.progress = 0, p.heard
	p.seen = max(p.seen, a.head)
	for _, c := range a.gone {
		if x.wants(c.stream) && c.number > p.newest(c.stream) {
			p.lost++
		}
	}
	through := min(a.through, p.redo)
	if !x.replay(p, a, through) {
		x.stats.QueueOverflows++
		p.waiting = true
		return nil
	}
	p.pos = through
	if !final || p.redo != maxNumber {
		x.ask(p)
		return nil
	}
	x.caughtUp(p, a)
	x.askWaiting()
	return nil
}

// expects reports whether an answer is to a request under way.
func (p *peer) expects(a answer) bool {
	return p.behind && p.asked != 0 && a.from == p.pos && int32(a.id-p.since) >= 0 && int32(p.asked-a.id) >= 0
}

// replay delivers the messages of a chunk, up to a number; false: the queue is full.
func (x *inbox) replay(p *peer, a answer, through uint64) bool {
	for _, m := range a.entries {
		if m.number > through {
			break
		}
		newest := p.newest(m.stream)
		if !x.wants(m.stream) { // left meanwhile
			p.pos = m.number
			continue
		}
		if m.number <= newest {
			x.stats.Duplicates++
			p.pos = m.number
			continue
		}
		m.data = append([]byte(nil), m.data...) // a small message must not hold the whole chunk
		if !x.deliver(p, m) {
			return false
		}
		if m.prev > newest && m.prev < a.oldest && !x.fresh(p, m.stream) {
			p.lost++
		}
		x.stats.Replayed++
	}
	return true
}

// caughtUp ends a pull at an exact cut: what comes next is newer.
func (x *inbox) caughtUp(p *peer, a answer) {
	p.behind = false
	p.verify(a.through, p.askMark)
	p.beat, p.known = a.beat, true
	if p.lost > 0 {
		x.lose(p, p.lost, "its worker's ring no longer held them")
	}
}

// lose counts and says what will not be delivered, in at most one line a second.
func (x *inbox) lose(p *peer, n uint64, why string) {
	x.stats.Lost += n
	p.lost = 0
	now := x.clock.now()
	if now.Sub(x.said) < losePause {
		return
	}
	x.log.Error("bus messages lost", "origin_node", p.origin.Node, "origin_slot", p.origin.Slot, "at_least", n, "why", why, "lost_since_start", x.stats.Lost)
	x.said = now
}

// gap: this worker's own connection was interrupted here.
func (x *inbox) gap() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.stats.Interruptions++
	for _, p := range x.peers {
		switch {
		case !p.alive:
		case p.behind:
			p.sure = x.requests + 1 // what follows an earlier answer may be missing
			x.askAgain(p)
		default:
			x.fallBehind(p, p.pos)
		}
	}
}

// setConnected hears of the connection's state.
func (x *inbox) setConnected(connected bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	fresh := connected && !x.connected
	x.connected = connected
	if !fresh {
		return
	}
	for _, p := range x.peers {
		p.silent = 0
		if p.behind && p.alive {
			p.progress, p.tries = x.clock.now(), 0
			x.ask(p)
		}
	}
}

// drained: the handlers have made room.
func (x *inbox) drained() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.askWaiting()
}

// retries repeats requests that have gone unanswered, gives up those that will
// not be answered, and returns when to look again; zero: when woken.
func (x *inbox) retries() (next time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	now := x.clock.now()
	for _, p := range x.peers {
		if !p.behind || p.asked == 0 || !p.alive {
			continue
		}
		if x.connected && now.Sub(p.progress) > x.o.Patience {
			x.giveUp(p)
			continue
		}
		pause := min(askPauseMin<<min(p.tries-1, 10), askPauseMax)
		due := p.askedAt.Add(pause)
		if !due.After(now) {
			x.repeat(p)
			due = now.Add(pause)
		}
		if next.IsZero() || due.Before(next) {
			next = due
		}
	}
	return next
}

// giveUp goes on with what is newest.
func (x *inbox) giveUp(p *peer) {
	x.unask(p)
	p.behind = false
	x.lose(p, p.lost+1, "its worker did not send them again")
	p.verify(p.seen, x.marks)
	p.known = false
	x.askWaiting()
}

// close: nothing more is received.
func (x *inbox) close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.closed = true
	clear(x.peers)
}

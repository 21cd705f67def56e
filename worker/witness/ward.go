package witness

import (
	"context"
	"hash/maphash"
	"sync"

	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/fdpass/estate"
)

// ward is a worker's own side: what it owes, and who knows.
type ward struct {
	w *Witness

	mu      sync.Mutex // held while a frame is numbered and published, which keeps their order
	owed    map[string]debt
	number  uint64 // of the newest frame
	witness *candidate
	asked   uint64 // the number of the last beat
	silent  int    // beats since the witness's last word
	telling bool   // everything, at the moment
	whole   bool   // the witness has said that it has heard all
	known   bool   // the estate says so
	buf     []byte

	candidates map[place]*candidate // of the run goroutine
}

// debt is an entry of our own; number is that of the frame that told it.
type debt struct {
	farewell []byte
	number   uint64
}

// candidate is another worker that is there.
type candidate struct {
	member  roster.Member
	subject string
	rank    uint64
	deaf    int // beats that it is no use for
	asks    int // how often it is still to be asked whether it has spoken for us
}

func placeOf(m roster.Member) place { return place{m.Boot, m.Slot, m.Life} }

// owe notes an entry, and tells the witness.
func (d *ward) owe(id string, farewell []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.number++
	d.owed[id] = debt{farewell, d.number}
	d.w.noted(d.w.o.Estate.Owe(estate.Entry{ID: id, Number: d.number, Farewell: farewell}))
	if d.witness != nil {
		d.buf = appendEntry(appendHeader(d.buf[:0], kindOwe, d.w.self, d.number), entry{id, farewell})
		d.publish()
	}
}

func (d *ward) settled(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.owed[id]; !ok {
		return
	}
	delete(d.owed, id)
	d.w.noted(d.w.o.Estate.Settle(id))
	d.number++
	if d.witness != nil {
		d.buf = appendID(appendHeader(d.buf[:0], kindSettled, d.w.self, d.number), id)
		d.publish()
	}
}

// know notes in the estate who the witness is, and whether it has heard all. mu
// is held.
func (d *ward) know(whole bool) {
	w := estate.Witness{Whole: whole}
	if d.witness != nil {
		w.Place = estate.Place(placeOf(d.witness.member))
	}
	d.known = whole
	d.w.noted(d.w.o.Estate.SetWitness(w))
}

// publish sends what is in buf to the witness. What is lost shows by its number.
func (d *ward) publish() { _ = d.w.b.Publish(d.witness.subject, d.buf) }

// say sends a frame that is only a number.
func (d *ward) say(to *candidate, k kind) {
	d.buf = appendHeader(d.buf[:0], k, d.w.self, d.number)
	_ = d.w.b.Publish(to.subject, d.buf)
}

// member hears who comes and goes. On the run goroutine, as what follows.
func (d *ward) member(m roster.Member, alive bool) {
	at := placeOf(m)
	if !alive {
		delete(d.candidates, at)
		d.mu.Lock()
		lost := d.witness != nil && placeOf(d.witness.member) == at
		if lost {
			d.witness = nil
			d.know(false)
		}
		d.mu.Unlock()
	} else if at != d.w.self {
		d.candidates[at] = &candidate{member: m, subject: d.w.subject(at), rank: d.rank(at), asks: askBeats}
	}
	d.choose()
}

// rank spreads wards over witnesses.
func (d *ward) rank(at place) uint64 {
	return maphash.Comparable(d.w.seed, at)
}

// better reports whether a is a better witness than b: on another machine first.
func (d *ward) better(a, b *candidate) bool {
	if b == nil {
		return true
	}
	if far, other := a.member.Boot != d.w.self.Boot, b.member.Boot != d.w.self.Boot; far != other {
		return far
	}
	return a.rank > b.rank
}

// choose keeps to the witness, unless it is gone, deaf, or as near as one of
// another machine is not.
func (d *ward) choose() {
	var best *candidate
	for _, c := range d.candidates {
		if c.deaf == 0 && d.better(c, best) {
			best = c
		}
	}
	d.mu.Lock()
	now := d.witness
	if now != nil && now.deaf == 0 && (best == nil || (best.member.Boot == d.w.self.Boot) == (now.member.Boot == d.w.self.Boot)) || now == best {
		d.mu.Unlock()
		return
	}
	if now != nil { // first, so that two never speak
		d.say(now, kindRelease)
	}
	d.witness, d.silent, d.whole = best, 0, false
	d.know(false)
	d.mu.Unlock()
	if best != nil {
		d.tellAll()
	}
}

// beat says how far the numbers are, and asks those that came.
func (d *ward) beat() {
	d.mu.Lock()
	if c := d.witness; c != nil && !d.telling && d.w.connected() {
		d.asked = d.number
		d.say(c, kindBeat)
		if d.silent++; d.silent > deafBeats {
			c.deaf = deafFor
		}
	}
	deaf := d.witness != nil && d.witness.deaf > 0
	for _, c := range d.candidates {
		if c.deaf > 0 && c != d.witness {
			c.deaf--
		}
		if c.asks > 0 && c != d.witness {
			c.asks--
			d.say(c, kindBeat)
		}
	}
	d.mu.Unlock()
	if none := d.alone(); deaf || none {
		d.choose()
	}
}

func (d *ward) alone() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.witness == nil
}

// kept hears how far the witness has heard. On the bus's goroutine.
func (d *ward) kept(f frame) (again bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if f.life != d.w.self.Life || d.witness == nil || placeOf(d.witness.member) != f.from {
		return false
	}
	d.silent = 0
	if d.whole = !d.telling && f.number >= d.asked; d.whole && !d.known {
		d.know(true)
	}
	return !d.telling && f.number < d.asked
}

// hearSpoken hears that all up to a number has been told in our name.
func (d *ward) hearSpoken(f frame) (again bool) {
	if f.life != d.w.self.Life {
		return false
	}
	var told []string
	d.mu.Lock()
	for id, debt := range d.owed {
		if debt.number <= f.number {
			told = append(told, id)
		}
	}
	_ = d.w.b.Publish(d.w.subject(f.from), appendHeader(nil, kindHeard, d.w.self, f.number)) // else it says so again
	again = d.witness != nil && placeOf(d.witness.member) == f.from
	d.mu.Unlock()
	if len(told) > 0 {
		d.w.logger.Warn("another worker took this one for dead, and told the end of its sockets: their clients are to come back", "sockets", len(told))
	}
	for _, id := range told {
		d.w.o.Disown(id)
		d.settled(id)
	}
	d.w.counters.disowned.Add(uint64(len(told)))
	return again
}

// tellAll tells the witness everything anew, in pieces, between which news go
// their way. On the run goroutine.
func (d *ward) tellAll() {
	d.mu.Lock()
	if d.witness == nil {
		d.mu.Unlock()
		return
	}
	d.telling = true
	d.know(false)
	ids := make([]string, 0, len(d.owed))
	for id := range d.owed {
		ids = append(ids, id)
	}
	d.number++
	d.say(d.witness, kindBegin)
	d.mu.Unlock()
	cut := false
	for paced := 0; len(ids) > 0; {
		n := 0
		ids, n = d.piece(ids)
		if paced += n; paced > paceBytes {
			paced = 0
			ctx, cancel := context.WithTimeout(d.w.ctx, paceWait)
			if d.w.b.Flush(ctx) != nil {
				ids, cut = nil, true
			}
			cancel()
		}
	}
	d.mu.Lock()
	if d.number++; cut {
		d.number++ // what is missing shows, and all is told again
	} else {
		d.say(d.witness, kindEnd)
	}
	d.telling = false
	d.mu.Unlock()
}

// piece tells of some entries, as they are now, and returns the others.
func (d *ward) piece(ids []string) (rest []string, size int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.number++
	d.buf = appendHeader(d.buf[:0], kindPiece, d.w.self, d.number)
	for len(ids) > 0 && len(d.buf) < pieceBytes {
		if debt, ok := d.owed[ids[0]]; ok {
			d.buf = appendEntry(d.buf, entry{ids[0], debt.farewell})
		}
		ids = ids[1:]
	}
	d.publish()
	size = len(d.buf)
	if cap(d.buf) > 2*pieceBytes {
		d.buf = nil
	}
	return ids, size
}

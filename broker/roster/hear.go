package roster

import (
	"time"

	"github.com/ioserver/ioserver/broker"
)

// receive takes a frame, on the broker's dispatch goroutine.
func (r *Roster) receive(m broker.Message) {
	f, err := parse(m.Data)
	if err != nil {
		r.malformed.Add(1)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	p := place{f.Boot, f.Slot}
	if p == (place{r.o.Self.Boot, r.o.Self.Slot}) {
		return // of our slot's earlier lives
	}
	if f.kind != kindHere {
		r.end(p, f.Life)
		return
	}
	r.dispute(f.Node)
	if f.hello {
		r.answerSoon()
	}
	r.hear(p, f.Present)
}

// dispute finds a node that has our number. The one that keeps it speaks up, so
// that the other hears of it.
func (r *Roster) dispute(n Node) {
	switch self := r.o.Self.Node; {
	case n.ID != self.ID || n.Boot == self.Boot:
	case self.before(n):
		r.answerSoon()
	case !r.taken:
		r.taken = true
		r.onTaken(n)
	}
}

func (r *Roster) answerSoon() {
	select {
	case r.soon <- struct{}{}:
	default:
	}
}

func (r *Roster) hear(at place, word Present) {
	word.Heard = time.Now()
	p := r.members[at]
	switch {
	case word.Life <= r.gone[at]:
		r.stale.Add(1)
		return
	case p != nil && p.Member == word.Member:
		p.Present, p.silent = word, 0
		return
	case p != nil && word.Life < p.Life:
		r.stale.Add(1)
		return
	case p != nil:
		r.end(at, p.Life)
	case len(r.members) >= maxMembers:
		r.overflows.Add(1)
		return
	}
	r.members[at] = &present{Present: word}
	r.publishView()
	r.onMember(word.Member, true)
}

// end notes that the lives up to this one are over.
func (r *Roster) end(at place, life uint64) {
	if len(r.gone) > maxMembers { // more than a cluster has: somebody makes them up
		clear(r.gone)
	}
	r.gone[at] = max(r.gone[at], life)
	if p := r.members[at]; p != nil && p.Life <= life {
		r.forget(at, p)
	}
}

func (r *Roster) forget(at place, p *present) {
	delete(r.members, at)
	r.publishView()
	r.onMember(p.Member, false)
}

// expire forgets who has been silent for too long; they may come back. Beats are
// counted, not time: a process that was stopped for a while forgets nobody.
func (r *Roster) expire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.connected || r.closed {
		return // it is we who hear nothing
	}
	for at, p := range r.members {
		if p.silent++; time.Duration(p.silent)*r.o.Beat > r.o.Silence {
			r.o.Logger.Warn("worker not heard any more", "node", p.ID, "of_slot", p.Slot, "host", p.Name, "for", r.o.Silence)
			r.forget(at, p)
		}
	}
}

package witness

import (
	"fmt"
	"sync/atomic"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/fdpass/estate"
)

// heir sees to what the slot's earlier workers have left: their witness tells it,
// where it lives, and else this worker. It asks the witness in their name, since
// the question and its answer are those of a worker that was taken for dead. It
// belongs to the run goroutine.
type heir struct {
	w    *Witness
	left []*legacy
	open atomic.Int64 // how many
}

// legacy is what one life has left.
type legacy struct {
	estate.Legacy
	at      place
	subject broker.Subscription
	beats   int
}

// enter hears what is said to the earlier lives from now on.
func (h *heir) enter(left []estate.Legacy) error {
	for _, l := range left {
		at := place{h.w.self.Boot, h.w.self.Slot, l.Life}
		s, err := h.w.b.Subscribe(h.w.subject(at), h.w.receiveFor(at))
		if err != nil {
			return fmt.Errorf("hear for an earlier worker: %w", err)
		}
		h.left = append(h.left, &legacy{Legacy: l, at: at, subject: s})
	}
	h.open.Store(int64(len(h.left)))
	return nil
}

// receiveFor takes what is said to an earlier life, on the bus's goroutine.
func (w *Witness) receiveFor(at place) func(broker.Message) {
	return func(m broker.Message) {
		f, err := parse(m.Data)
		if err != nil || f.life != at.Life || f.kind != kindSpoken && f.kind != kindKept {
			return
		}
		w.mu.Lock()
		w.late = append(w.late, f)
		w.mu.Unlock()
		w.wake()
	}
}

// beat asks the witnesses, and gives those up that have gone too, or say nothing.
func (h *heir) beat() {
	for _, l := range append([]*legacy(nil), h.left...) {
		l.beats++
		c := h.w.ward.candidates[place(l.Witness.Place)]
		switch {
		case l.Witness.Boot == 0, l.beats > silentBeats, c == nil && l.beats > absentBeats:
			h.inherit(l, 0)
		case c != nil:
			_ = h.w.b.Publish(c.subject, appendHeader(nil, kindBeat, l.at, 0)) // unheard, the next beat asks again
		}
	}
}

// heard takes a witness's answer: all up to a number has been told, or it has
// heard so much, and will tell it once it hears of the death. That it has heard
// nothing is an answer too.
func (h *heir) heard(f frame) {
	for _, l := range h.left {
		if l.at.Life != f.life || place(l.Witness.Place) != f.from {
			continue
		}
		switch {
		case f.kind == kindSpoken:
			_ = h.w.b.Publish(h.w.subject(f.from), appendHeader(nil, kindHeard, l.at, f.number)) // else it forgets later
			if !l.Witness.Whole {
				f.number = 0
			}
			h.inherit(l, f.number)
		case f.number == 0:
			h.inherit(l, 0)
		}
		return
	}
}

// inherit tells what an earlier life owed, but for what has been told, up to a
// number.
func (h *heir) inherit(l *legacy, told uint64) {
	h.forget(l)
	var all []farewell
	for _, e := range l.Entries {
		if e.Number <= told {
			h.w.noted(h.w.o.Estate.Forget(l.Life, e.ID))
			continue
		}
		all = append(all, farewell{e.Farewell, func() { h.w.noted(h.w.o.Estate.Forget(l.Life, e.ID)) }})
	}
	if len(all) == 0 {
		return
	}
	h.w.logger.Info("tells the end of the sockets of this slot's earlier worker", "sockets", len(all))
	h.w.speak(all)
}

func (h *heir) forget(l *legacy) {
	_ = l.subject.Unsubscribe()
	for i, other := range h.left {
		if other == l {
			h.left = append(h.left[:i], h.left[i+1:]...)
			h.open.Store(int64(len(h.left)))
			return
		}
	}
}

// end stops hearing for them. What they owe stays for the next.
func (h *heir) end() {
	for _, l := range h.left {
		_ = l.subject.Unsubscribe()
	}
	h.left = nil
}

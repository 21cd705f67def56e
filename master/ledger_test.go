package master

import (
	"testing"

	"github.com/ioserver/ioserver/fdpass/turnstile"
)

// books are a ledger of slots, and what their workers write with.
type books struct {
	*ledger
	t       *testing.T
	workers []*turnstile.Writer
}

func newBooks(t *testing.T, slots int) *books {
	t.Helper()
	board, err := turnstile.New(slots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { board.Close() })
	b := &books{ledger: newLedger(board, slots), t: t}
	for i := range slots {
		b.workers = append(b.workers, board.Writer(i))
	}
	return b
}

func (b *books) note(slot int, kind turnstile.Kind, to uint8, site uint64) {
	b.workers[slot].Note(turnstile.Event{Kind: kind, To: to, Site: site})
}

// expect compares what the site has on the machine, and what each slot has.
func (b *books) expect(when string, site uint64, want int, open ...int) {
	b.t.Helper()
	b.read()
	if got := b.at(site); got != want {
		b.t.Errorf("%s: %d from site %d, want %d", when, got, site, want)
	}
	for i, n := range open {
		if got := b.open(i); got != n {
			b.t.Errorf("%s: slot %d has %d, want %d", when, i, got, n)
		}
	}
}

// A connection counts once, from when it is passed until it ends, wherever it goes.
func TestConnectionCountsOnce(t *testing.T) {
	b := newBooks(t, 3)
	const site = 7
	b.comes(0, site, +1)
	b.comes(0, site, +1)
	b.comes(1, 8, +1)
	b.expect("passed", site, 2, 2, 1, 0)
	b.note(0, turnstile.Taken, 0, site)
	b.expect("taken", site, 2, 2, 1, 0)
	b.note(0, turnstile.Handed, 2, site)
	b.expect("handed over", site, 2, 1, 1, 1)
	b.note(2, turnstile.Taken, 0, site)
	b.expect("taken there", site, 2, 1, 1, 1)
	b.note(2, turnstile.Ended, 0, site)
	b.expect("ended there", site, 1, 1, 1, 0)
	b.note(0, turnstile.Taken, 0, site)
	b.note(0, turnstile.Handed, 1, site)
	b.note(0, turnstile.Lost, 1, site)
	b.expect("lost on its way", site, 0, 0, 1, 0)
	b.expect("of another site", 8, 1)
	if len(b.sites) != 1 || len(b.accounts[0].held)+len(b.accounts[0].coming) != 0 {
		t.Errorf("left in the books: %v %v", b.sites, b.accounts[0])
	}
}

// However many addresses have come, what is gone is in no book: the table is as long as there are connections.
func TestManySitesLeaveNothing(t *testing.T) {
	b := newBooks(t, 2)
	for site := uint64(1); site <= 3*turnstile.Capacity; site++ {
		b.comes(0, site, +1)
		b.waits(site, +1)
		b.waits(site, -1)
		b.note(0, turnstile.Taken, 0, site)
		if site%3 == 0 {
			b.note(0, turnstile.Handed, 1, site)
			b.note(1, turnstile.Taken, 0, site)
			b.note(1, turnstile.Ended, 0, site)
		} else {
			b.note(0, turnstile.Ended, 0, site)
		}
		if site%1000 == 0 {
			b.read()
		}
	}
	b.expect("gone", 1, 0, 0, 0)
	for i, a := range b.accounts {
		if n := len(a.coming) + len(a.held) + len(b.sites); n != 0 {
			t.Errorf("slot %d: %d entries are left", i, n)
		}
	}
}

// The worker that takes a connection over may be read before the one that has handed it over.
func TestHandoverReadBackwards(t *testing.T) {
	b := newBooks(t, 2)
	b.comes(1, 7, +1)
	b.note(1, turnstile.Taken, 0, 7)
	b.note(0, turnstile.Taken, 0, 7) // slot 0 is read first
	b.note(0, turnstile.Ended, 0, 7)
	b.note(1, turnstile.Handed, 0, 7)
	b.expect("gone", 7, 0, 0, 0)
}

// What a dead worker held is gone. What had not reached it is its successor's.
func TestDeathFreesWhatWasHeld(t *testing.T) {
	b := newBooks(t, 2)
	for range 3 {
		b.comes(0, 7, +1)
	}
	b.comes(0, 0, +1) // of a Unix socket: it counts for the slot only
	b.note(0, turnstile.Taken, 0, 7)
	b.note(0, turnstile.Taken, 0, 7)
	b.note(0, turnstile.Taken, 0, 0)
	b.note(0, turnstile.Handed, 1, 7)
	b.died(0)
	b.expect("dead", 7, 2, 1, 1)
	b.note(0, turnstile.Taken, 0, 7) // the successor
	b.note(0, turnstile.Ended, 0, 7)
	b.expect("the successor's ended", 7, 1, 0, 1)
	b.died(1)
	b.expect("on its way to a slot without a worker", 7, 1, 0, 1)
}

// A worker that was killed over a connection which it had taken, but not noted, leaves nothing behind once its inbox is empty.
func TestEmptyInboxClearsWhatCame(t *testing.T) {
	b := newBooks(t, 1)
	b.comes(0, 7, +1)
	b.died(0)
	b.expect("dead", 7, 1, 1)
	b.arrived(0)
	b.expect("nothing in the inbox", 7, 0, 0)
	b.note(0, turnstile.Taken, 0, 7) // it was on its way after all: the books are right again once that is clear
	b.read()
	b.arrived(0)
	b.expect("it was there", 7, 1, 1)
}

func TestBooksOfNothing(t *testing.T) {
	l := newLedger(nil, 2)
	l.comes(0, 7, 1)
	l.read()
	l.died(0)
	l.arrived(0)
	if l.counts() || l.at(7) != 0 || l.open(0) != 0 {
		t.Error("counted without a turnstile")
	}
	b := newBooks(t, 2)
	b.note(0, turnstile.Handed, 2, 7) // no such slot
	b.expect("nonsense", 7, 0, 0, 0)
	b.comes(0, 0, 1)
	b.expect("Unix sockets have no site", 0, 0, 1, 0)
}

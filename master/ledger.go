package master

import "github.com/ioserver/ioserver/fdpass/turnstile"

// ledger counts the connections of clients that the machine has, by slot and by site (fdpass.Origin.Site), from what the master passes
// away and what workers note in the turnstile. It is kept only where a limit wants it, and belongs to run.
//
// A connection is in exactly one account, but for one that waits to be let in, which counts for its site only. It comes when it is put into
// a slot's inbox, or waits in the master for that: by then it counts for its site. It is held once the slot's worker has taken it. The
// dead worker's are what it held; what was still coming is its successor's.
type ledger struct {
	board    *turnstile.Board // nil: nothing is counted
	accounts []account
	sites    map[uint64]int // over all accounts, but for clients of Unix sockets
	unsound  uint64         // times that a ring held what no worker writes
}

// account is a slot's. Its counts of a site may be below zero for a moment: two workers' notes are not read in the order in which
// they were made.
type account struct {
	coming, held map[uint64]int
	open         int // their sum
}

func newLedger(board *turnstile.Board, slots int) *ledger {
	l := &ledger{board: board, accounts: make([]account, slots), sites: make(map[uint64]int)}
	for i := range l.accounts {
		l.accounts[i] = account{coming: make(map[uint64]int), held: make(map[uint64]int)}
	}
	return l
}

// counts tells whether there is anything to do here.
func (l *ledger) counts() bool { return l != nil && l.board != nil }

// change adds n connections of a site to one side of an account.
func (l *ledger) change(a *account, side map[uint64]int, site uint64, n int) {
	if n == 0 {
		return
	}
	add(side, site, n)
	a.open += n
	if site != 0 {
		add(l.sites, site, n)
	}
}

func add(m map[uint64]int, site uint64, n int) {
	if m[site] += n; m[site] == 0 {
		delete(m, site)
	}
}

// comes notes that a connection is on its way to the slot's worker, or (-1) no more.
func (l *ledger) comes(slot int, site uint64, n int) {
	if l.counts() {
		a := &l.accounts[slot]
		l.change(a, a.coming, site, n)
	}
}

// waits notes that a connection waits to be let in, or (-1) no more: it counts for its site, and for no slot.
func (l *ledger) waits(site uint64, n int) {
	if l.counts() && site != 0 {
		add(l.sites, site, n)
	}
}

// read takes over what the workers have noted since.
func (l *ledger) read() {
	if !l.counts() {
		return
	}
	for i := range l.accounts {
		if !l.board.Read(i, func(e turnstile.Event) { l.note(i, e) }) {
			l.unsound++
		}
	}
}

func (l *ledger) note(slot int, e turnstile.Event) {
	a := &l.accounts[slot]
	if int(e.To) >= len(l.accounts) {
		return
	}
	other := &l.accounts[e.To]
	switch e.Kind {
	case turnstile.Taken:
		l.change(a, a.coming, e.Site, -1)
		l.change(a, a.held, e.Site, +1)
	case turnstile.Ended:
		l.change(a, a.held, e.Site, -1)
	case turnstile.Handed:
		l.change(a, a.held, e.Site, -1)
		l.change(other, other.coming, e.Site, +1)
	case turnstile.Lost:
		l.change(other, other.coming, e.Site, -1)
	}
}

// died: the slot's worker has ended, and with it what it held.
func (l *ledger) died(slot int) {
	if l.counts() {
		l.read()
		l.clear(&l.accounts[slot], l.accounts[slot].held)
	}
}

// arrived: nothing is on its way to the slot's worker any more. What still counts as coming is what a worker was killed over between
// taking it and noting that, or had no descriptor for.
func (l *ledger) arrived(slot int) {
	if l.counts() {
		l.clear(&l.accounts[slot], l.accounts[slot].coming)
	}
}

func (l *ledger) clear(a *account, side map[uint64]int) {
	for site, n := range side {
		l.change(a, side, site, -n)
	}
}

// open is how many connections the slot has.
func (l *ledger) open(slot int) int {
	if !l.counts() {
		return 0
	}
	return l.accounts[slot].open
}

// at is how many connections there are from a site, on the whole machine; 0 where that is none.
func (l *ledger) at(site uint64) int {
	if !l.counts() || site == 0 {
		return 0
	}
	return l.sites[site]
}

package crowd

import (
	"encoding/json"
	"fmt"
	"sync"
)

// Numbers is the event that a Ledger keeps: a sender's name, and a number that
// counts from 1.
const Numbers = "number"

// Ledger is what one listener has heard of all senders.
type Ledger struct {
	mu      sync.Mutex
	senders map[string]*account
	faults  []string
	skipped []string
	total   int
	changed chan struct{} // closed and replaced at every entry
}

type account struct {
	last    int
	heard   []bool // by number
	resumed bool   // the listener was away since the last number
}

// NewLedger returns an empty one.
func NewLedger() *Ledger {
	return &Ledger{senders: make(map[string]*account), changed: make(chan struct{})}
}

// Event enters an event; others than [Numbers] are passed over. It fits
// Options.Event.
func (l *Ledger) Event(name string, args []json.RawMessage) {
	if name != Numbers {
		return
	}
	var sender string
	var number int
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(args) != 2 || json.Unmarshal(args[0], &sender) != nil || json.Unmarshal(args[1], &number) != nil || number < 1 {
		l.faults = append(l.faults, fmt.Sprintf("not a number: %s", args))
		return
	}
	a := l.senders[sender]
	if a == nil {
		a = &account{}
		l.senders[sender] = a
	}
	for len(a.heard) <= number {
		a.heard = append(a.heard, false)
	}
	if a.last > 0 && number > a.last+1 && !a.resumed {
		l.skipped = append(l.skipped, fmt.Sprintf("%s %d to %d", sender, a.last+1, number-1))
	}
	a.resumed = false
	switch {
	case a.heard[number]:
		l.faults = append(l.faults, fmt.Sprintf("%s %d twice", sender, number))
	case number < a.last:
		l.faults = append(l.faults, fmt.Sprintf("%s %d after %d", sender, number, a.last))
	}
	a.heard[number], a.last = true, max(a.last, number)
	l.total++
	close(l.changed)
	l.changed = make(chan struct{})
}

// Faults are the messages that came twice or out of their sender's order.
func (l *Ledger) Faults() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.faults...)
}

// Down notes that the listener's connection has ended. It fits Options.Down.
func (l *Ledger) Down() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, a := range l.senders {
		a.resumed = true
	}
}

// Skipped are the numbers that were left out between two that were heard on
// one connection.
func (l *Ledger) Skipped() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.skipped...)
}

// Total counts what was heard.
func (l *Ledger) Total() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total
}

// Missing are the sender's numbers from 1 to last that were not heard.
func (l *Ledger) Missing(sender string, last int) (missing []int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.senders[sender]
	for n := 1; n <= last; n++ {
		if a == nil || n >= len(a.heard) || !a.heard[n] {
			missing = append(missing, n)
		}
	}
	return missing
}

// Await waits until all of the sender's numbers from 1 to last were heard, and
// reports whether that came before over was closed.
func (l *Ledger) Await(over <-chan struct{}, sender string, last int) bool {
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		if len(l.Missing(sender, last)) == 0 {
			return true
		}
		select {
		case <-changed:
		case <-over:
			return false
		}
	}
}

// Heard waits until the sender's number was heard, and reports whether that
// came before over was closed.
func (l *Ledger) Heard(over <-chan struct{}, sender string, number int) bool {
	for {
		l.mu.Lock()
		changed, a := l.changed, l.senders[sender]
		heard := a != nil && number < len(a.heard) && a.heard[number]
		l.mu.Unlock()
		if heard {
			return true
		}
		select {
		case <-changed:
		case <-over:
			return false
		}
	}
}

package backend

import (
	"context"
	"sync"
)

// gate bounds the calls that are under way. Of all places the calls of one name
// have half, so that those that are not answered leave the others some; and
// where calls of several names wait, they are let in by turns.
//
// It takes a lock, off the loop: the price of a call is a hundred times that.
type gate struct {
	most  int          // calls under way
	share int          // of one name
	queue [classes]int // that may wait of a class; 0: all

	mu      sync.Mutex
	held    int
	waiting [classes]int
	lines   map[string]*line
	turns   []*line // that have somebody waiting, in the order of their turns
}

// class is what bounds how many calls wait: those of one do not crowd out
// another's.
type class uint8

const (
	anEvent  class = iota
	aConnect       // may be a crowd
	anEnd          // told by a handler
	anArrear       // of which few are told at the same time
	classes
)

// line is the calls of one name.
type line struct {
	name    string
	held    int
	waiters []waiter
	queued  bool // it is among the turns
}

// waiter is a call that waits for its turn.
type waiter struct {
	turn  chan struct{}
	class class
}

func newGate(most int) *gate {
	queue := queueFactor * most
	return &gate{
		most: most, share: max(1, (most+1)/2), lines: make(map[string]*line),
		queue: [classes]int{anEvent: queue, aConnect: mostConnects, anEnd: queue},
	}
}

// crowded reports whether too many wait for one more: of a class, and but for
// connects, of a name half of that.
func (g *gate) crowded(l *line, of class) bool {
	most := g.queue[of]
	return most > 0 && (g.waiting[of] >= most || of != aConnect && len(l.waiters) >= (most+1)/2)
}

// enter waits for a place, which leave gives back, until ctx ends: ErrCrowded.
// It is refused at once where too many wait already.
func (g *gate) enter(ctx context.Context, name string, of class) error {
	if ctx.Err() != nil { // what ended is not told any more, also where there is a place
		return ErrCrowded
	}
	g.mu.Lock()
	l := g.lines[name]
	if l == nil {
		l = &line{name: name}
		g.lines[name] = l
	}
	if g.held < g.most && l.held < g.share && len(l.waiters) == 0 {
		g.held++
		l.held++
		g.mu.Unlock()
		return nil
	}
	if g.crowded(l, of) {
		g.tidy(l) // clients choose the names
		g.mu.Unlock()
		return ErrCrowded
	}
	turn := make(chan struct{}, 1)
	l.waiters = append(l.waiters, waiter{turn, of})
	if !l.queued {
		l.queued = true
		g.turns = append(g.turns, l)
	}
	g.waiting[of]++
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		return g.giveUp(l, turn)
	}
}

// giveUp takes a waiter out, unless it has just got its place.
func (g *gate) giveUp(l *line, turn chan struct{}) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, w := range l.waiters {
		if w.turn == turn {
			l.waiters = append(l.waiters[:i], l.waiters[i+1:]...)
			g.waiting[w.class]--
			g.tidy(l)
			return ErrCrowded
		}
	}
	return nil
}

// leave gives a place back, to who waits for it.
func (g *gate) leave(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lines[name]
	g.held--
	l.held--
	g.admit()
	g.tidy(l)
}

// admit lets in whoever has a turn and a place.
func (g *gate) admit() {
	for looked := 0; looked < len(g.turns) && g.held < g.most; {
		l := g.turns[0]
		g.turns = g.turns[1:]
		if len(l.waiters) == 0 {
			l.queued = false
			continue
		}
		if l.held >= g.share {
			g.turns = append(g.turns, l)
			looked++
			continue
		}
		first := l.waiters[0]
		first.turn <- struct{}{} // has room for the one
		l.waiters = l.waiters[1:]
		l.held++
		g.held++
		g.waiting[first.class]--
		looked = 0
		if l.queued = len(l.waiters) > 0; l.queued {
			g.turns = append(g.turns, l)
		}
	}
}

// tidy forgets a name that nobody uses.
func (g *gate) tidy(l *line) {
	if l.held > 0 || len(l.waiters) > 0 {
		return
	}
	delete(g.lines, l.name)
	if !l.queued {
		return
	}
	for i, t := range g.turns {
		if t == l {
			g.turns = append(g.turns[:i], g.turns[i+1:]...)
			return
		}
	}
}

// load is how many calls are under way, and how many wait.
func (g *gate) load() (held, waiting int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, n := range g.waiting {
		waiting += n
	}
	return g.held, waiting
}

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
	most  int // calls under way
	share int // of one name
	queue int // that wait and may be refused

	mu      sync.Mutex
	held    int
	waiting int
	lines   map[string]*line
	turns   []*line // that have somebody waiting, in the order of their turns
}

// line is the calls of one name.
type line struct {
	name    string
	held    int
	waiters []chan struct{}
	queued  bool // it is among the turns
}

func newGate(most int) *gate {
	return &gate{most: most, share: max(1, (most+1)/2), queue: queueFactor * most, lines: make(map[string]*line)}
}

// enter waits for a place, which leave gives back, until ctx ends: errCrowded.
// A call that is not patient is refused at once where too many wait already.
func (g *gate) enter(ctx context.Context, name string, patient bool) error {
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
	if !patient && (g.waiting >= g.queue || len(l.waiters) >= (g.queue+1)/2) {
		g.tidy(l) // clients choose the names
		g.mu.Unlock()
		return errCrowded
	}
	turn := make(chan struct{}, 1)
	l.waiters = append(l.waiters, turn)
	if !l.queued {
		l.queued = true
		g.turns = append(g.turns, l)
	}
	g.waiting++
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
		if w == turn {
			l.waiters = append(l.waiters[:i], l.waiters[i+1:]...)
			g.waiting--
			g.tidy(l)
			return errCrowded
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
		l.waiters[0] <- struct{}{} // has room for the one
		l.waiters = l.waiters[1:]
		l.held++
		g.held++
		g.waiting--
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
	return g.held, g.waiting
}

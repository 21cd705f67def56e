package broker

import (
	"slices"
	"sync"
)

// maxStates bounds the states that wait for slow OnState receivers; the oldest
// gives way.
const maxStates = 16

// caster hands states to receivers on a goroutine of its own, which begins with
// the first receiver.
type caster struct {
	mu      sync.Mutex
	cond    sync.Cond
	all     []func(State)
	fresh   []func(State) // have not got the present state yet
	last    State
	pending []State
	closed  bool
	started bool
	wg      sync.WaitGroup
}

func newCaster(s State) *caster {
	c := &caster{last: s}
	c.cond.L = &c.mu
	return c
}

// listen adds a receiver.
func (c *caster) listen(f func(State)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.fresh = append(c.fresh, f)
	if !c.started {
		c.started = true
		c.wg.Go(c.run)
	}
	c.cond.Signal()
}

// present is the state of now.
func (c *caster) present() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// cast reports a state; never blocks.
func (c *caster) cast(s State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if !s.Drained { // an event, in a state that goes on
		c.last = s
	}
	if !c.started {
		return
	}
	if len(c.pending) == maxStates {
		c.pending = slices.Delete(c.pending, 0, 1)
	}
	c.pending = append(c.pending, s)
	c.cond.Signal()
}

func (c *caster) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		var s State
		var to []func(State)
		switch {
		case len(c.pending) > 0:
			s, to = c.pending[0], slices.Clone(c.all)
			c.pending = slices.Delete(c.pending, 0, 1)
		case len(c.fresh) > 0: // nothing pending: last is what all others know
			s, to = c.last, c.fresh
			c.all, c.fresh = append(c.all, c.fresh...), nil
		case c.closed:
			return
		default:
			c.cond.Wait()
			continue
		}
		c.mu.Unlock()
		for _, f := range to {
			f(s)
		}
		c.mu.Lock()
	}
}

// close casts Closed as the last state and waits until it has been received.
func (c *caster) close() {
	c.cast(State{Condition: Closed})
	c.mu.Lock()
	c.closed = true
	c.cond.Signal()
	c.mu.Unlock()
	c.wg.Wait()
}

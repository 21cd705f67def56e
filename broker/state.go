package broker

import "sync"

// maxStates bounds the states that wait for a slow OnState receiver; the oldest
// gives way.
const maxStates = 16

// caster hands states to one receiver on a goroutine of its own.
type caster struct {
	mu      sync.Mutex
	cond    sync.Cond
	f       func(State)
	last    State
	pending []State
	closed  bool
	wg      sync.WaitGroup
}

func newCaster(s State) *caster {
	c := &caster{last: s}
	c.cond.L = &c.mu
	return c
}

// listen sets the receiver, once, and starts its goroutine.
func (c *caster) listen(f func(State)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.f != nil || c.closed {
		return
	}
	c.f = f
	c.pending = append(c.pending, c.last)
	c.wg.Go(c.run)
}

// cast reports a state; never blocks.
func (c *caster) cast(s State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.last = s
	if c.f == nil {
		return
	}
	if len(c.pending) == maxStates {
		c.pending = append(c.pending[:0], c.pending[1:]...)
	}
	c.pending = append(c.pending, s)
	c.cond.Signal()
}

// state is the latest state.
func (c *caster) state() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

func (c *caster) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		for len(c.pending) == 0 && !c.closed {
			c.cond.Wait()
		}
		if len(c.pending) == 0 {
			return
		}
		s := c.pending[0]
		c.pending = append(c.pending[:0], c.pending[1:]...)
		c.mu.Unlock()
		c.f(s)
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

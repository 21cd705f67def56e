package loop

import "sync"

// keepItems is the largest backing array of the mailbox, in tasks, that is kept after a burst.
const keepItems = 8192

type item struct {
	task Task
	port *Port // nil: posted without a bound
}

// mailbox is the only part of a Loop that other goroutines touch. One short critical section a task keeps the order over all
// producers and settles who wakes the loop; the loop takes everything with one swap.
type mailbox struct {
	mu       sync.Mutex
	queue    []item
	sleeping bool // the loop is about to wait, or waits; whoever clears it owes it a wake-up
	closed   bool
}

// put appends it. wake: the caller must wake the loop.
func (m *mailbox) put(it item) (wake, ok bool) {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return false, false
	}
	m.queue = append(m.queue, it)
	wake, m.sleeping = m.sleeping, false
	m.mu.Unlock()
	return wake, true
}

// take returns what is queued and leaves the empty spare in its place.
func (m *mailbox) take(spare []item) []item {
	if cap(spare) > keepItems {
		spare = nil
	}
	m.mu.Lock()
	batch := m.queue
	m.queue = spare[:0]
	m.mu.Unlock()
	return batch
}

// sleep declares that the loop is about to wait. It refuses when there is something to do: a task put before is seen here, a
// task put afterwards sees the declaration.
func (m *mailbox) sleep() bool {
	m.mu.Lock()
	m.sleeping = len(m.queue) == 0 && !m.closed
	ok := m.sleeping
	m.mu.Unlock()
	return ok
}

// awake takes the declaration back. posted: a producer has done so already.
func (m *mailbox) awake() (posted bool) {
	m.mu.Lock()
	posted, m.sleeping = !m.sleeping, false
	m.mu.Unlock()
	return posted
}

// close refuses further tasks; those already queued stay for the loop to run.
func (m *mailbox) close() (wake bool) {
	m.mu.Lock()
	m.closed = true
	wake, m.sleeping = m.sleeping, false
	m.mu.Unlock()
	return wake
}

package turnstile

import "sync/atomic"

// Capacity is how many events a slot's ring holds. A worker may note so many between two looks of the master, which are at most a second
// apart; more wait in the worker.
const Capacity = 1 << 15

// ring is a slot's. The ends only grow, and do not share a cache line.
type ring struct {
	head  atomic.Uint64 // events ever written: the worker's
	_     [7]uint64
	tail  atomic.Uint64 // events ever read: the master's
	_     [7]uint64
	cells [Capacity]cell
}

const ringBytes = 2*64 + Capacity*cellBytes

// write puts an event in, unless the ring is full.
func (r *ring) write(e Event) bool {
	head := r.head.Load()
	if head-r.tail.Load() >= Capacity {
		return false
	}
	r.cells[head%Capacity] = pack(e)
	r.head.Store(head + 1)
	return true
}

// read hands over all that is there and returns false where something in it could not be.
func (r *ring) read(f func(Event)) bool {
	head, tail, sound := r.head.Load(), r.tail.Load(), true
	if head == tail {
		return true
	}
	if head-tail > Capacity {
		r.tail.Store(head)
		return false
	}
	for ; tail != head; tail++ {
		e, ok := unpack(r.cells[tail%Capacity])
		if !ok {
			sound = false
			continue
		}
		f(e)
	}
	r.tail.Store(head)
	return sound
}

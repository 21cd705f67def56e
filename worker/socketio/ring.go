package socketio

import "sync/atomic"

// ring hands work from one producer, the loop, to any number of runners
// without a lock. Its length is a power of two.
type ring[T any] struct {
	slots []atomic.Pointer[T]
	head  atomic.Uint64 // the next to take
	tail  atomic.Uint64 // the next to fill; the producer's
}

func newRing[T any](length int) *ring[T] {
	return &ring[T]{slots: make([]atomic.Pointer[T], length)}
}

// push reports false when the ring is full. Producer only.
func (r *ring[T]) push(v *T) bool {
	t := r.tail.Load()
	if t-r.head.Load() == uint64(len(r.slots)) {
		return false
	}
	r.slots[t&uint64(len(r.slots)-1)].Store(v)
	r.tail.Store(t + 1)
	return true
}

// pop returns nil when the ring is empty.
func (r *ring[T]) pop() *T {
	for {
		h := r.head.Load()
		if h == r.tail.Load() {
			return nil
		}
		// The slot may be refilled before the swap, but only after another
		// runner has moved head: then the swap fails.
		v := r.slots[h&uint64(len(r.slots)-1)].Load()
		if r.head.CompareAndSwap(h, h+1) {
			return v
		}
	}
}

func (r *ring[T]) empty() bool { return r.head.Load() == r.tail.Load() }

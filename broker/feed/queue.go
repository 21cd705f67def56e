package feed

import (
	"sync"
	"sync/atomic"
)

// item is something for the handlers: a message, or a peer whose state changed.
type item struct {
	d    Delivery
	peer *peer
}

// queue is what waits for the handlers, bounded in messages and bytes. Messages
// that do not fit are refused: their origins' rings hold them. Changes of peers
// always fit; each peer waits at most once.
type queue struct {
	maxMessages, maxBytes int

	mu     sync.Mutex
	cond   sync.Cond
	items  []item
	closed atomic.Bool // set under mu

	messages, bytes atomic.Int64 // waiting, the one being handled included
	hungry          atomic.Bool  // somebody was refused
}

// keepItems is the capacity beyond which the memory of a burst is given back.
const keepItems = 1024

func newQueue(o Options) *queue {
	q := &queue{maxMessages: o.QueueMessages, maxBytes: o.QueueBytes}
	q.cond.L = &q.mu
	return q
}

// push adds a message, unless it does not fit. Any message fits an empty queue.
func (q *queue) push(d Delivery) bool {
	messages, size := q.messages.Load(), int64(len(d.Data))
	if messages >= int64(q.maxMessages) || messages > 0 && q.bytes.Load()+size > int64(q.maxBytes) {
		q.hungry.Store(true)
		return false
	}
	q.messages.Add(1)
	q.bytes.Add(size)
	q.add(item{d: d})
	return true
}

func (q *queue) add(it item) {
	q.mu.Lock()
	q.items = append(q.items, it)
	if len(q.items) == 1 {
		q.cond.Signal()
	}
	q.mu.Unlock()
}

// room reports whether it is worth asking for more; when it is not, the handlers
// will come to it.
func (q *queue) room() bool {
	if q.half() {
		return true
	}
	q.hungry.Store(true)
	if !q.half() {
		return false
	}
	q.hungry.Store(false)
	return true
}

func (q *queue) half() bool {
	return q.messages.Load() <= int64(q.maxMessages/2) && q.bytes.Load() <= int64(q.maxBytes/2)
}

// take waits for items and takes all, giving an empty slice in exchange; nil
// after close.
func (q *queue) take(spare []item) []item {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.closed.Load() {
		q.cond.Wait()
	}
	if q.closed.Load() {
		return nil
	}
	items := q.items
	if q.items = spare[:0]; cap(spare) > keepItems {
		q.items = nil
	}
	return items
}

func (q *queue) isClosed() bool { return q.closed.Load() }

// handled accounts for a message, and reports whether somebody who was refused
// should try again.
func (q *queue) handled(d Delivery) (retry bool) {
	q.messages.Add(-1)
	q.bytes.Add(-int64(len(d.Data)))
	return q.hungry.Load() && q.half() && q.hungry.CompareAndSwap(true, false)
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed.Store(true)
	q.cond.Signal()
	q.mu.Unlock()
}

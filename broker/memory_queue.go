package broker

import (
	"sync"
	"sync/atomic"
)

// memoryItem is a message, a function, or a gap.
type memoryItem struct {
	sub *memorySub
	msg Message
	f   func()
	gap bool
}

// memoryQueue is what waits for a member's handlers, bounded for messages. What
// does not fit is dropped and leaves a gap in its place.
type memoryQueue struct {
	mu              sync.Mutex
	cond            sync.Cond
	items           []memoryItem
	head            int
	messages, bytes int // waiting
	maxMessages     int
	maxBytes        int
	closed          bool
	lost            atomic.Uint64
}

func newMemoryQueue(messages, bytes int) *memoryQueue {
	q := &memoryQueue{maxMessages: messages, maxBytes: bytes}
	q.cond.L = &q.mu
	return q
}

func (q *memoryQueue) put(it memoryItem) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if it.sub != nil {
		full := q.messages > 0 && (q.messages >= q.maxMessages || q.bytes+len(it.msg.Data) > q.maxBytes)
		if full {
			q.lost.Add(1)
			it = memoryItem{gap: true}
		} else {
			q.messages++
			q.bytes += len(it.msg.Data)
		}
	}
	if it.gap && len(q.items) > q.head && q.items[len(q.items)-1].gap {
		return // one gap is as good as two
	}
	if q.head > 64 && q.head*2 >= len(q.items) { // never let the taken ones pile up
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items, q.head = q.items[:n], 0
	}
	q.items = append(q.items, it)
	q.cond.Signal()
}

// take waits for the next item; false after close.
func (q *memoryQueue) take() (memoryItem, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.head == len(q.items) && !q.closed {
		q.cond.Wait()
	}
	if q.closed {
		return memoryItem{}, false
	}
	it := q.items[q.head]
	q.items[q.head] = memoryItem{}
	q.head++
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	if it.sub != nil {
		q.messages--
		q.bytes -= len(it.msg.Data)
	}
	return it, true
}

func (q *memoryQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.cond.Signal()
	q.mu.Unlock()
}

package inmemory

import (
	"sync"
	"sync/atomic"

	"github.com/ioserver/ioserver/worker/socketio"
)

// What a server has not received yet is bounded by these.
const (
	QueueMessages = 1 << 16
	QueueBytes    = 64 << 20
)

// item is a message, or a server that has come or gone.
type item struct {
	from    socketio.Peer
	data    []byte
	message bool
	alive   bool
}

// queue is what waits for a Receiver, and the goroutine that calls it. Changes
// of peers always fit: there are as many as servers come and go.
type queue struct {
	lost atomic.Uint64

	mu      sync.Mutex
	cond    sync.Cond
	items   []item
	waiting int // messages
	bytes   int
	behind  bool // messages are dropped
	closed  bool
	owned   sync.WaitGroup
}

func (q *queue) init() { q.cond.L = &q.mu }

func (q *queue) start(r socketio.Receiver) { q.owned.Go(func() { q.run(r) }) }

func (q *queue) push(it item) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if it.message {
		if q.waiting >= QueueMessages || q.waiting > 0 && q.bytes+len(it.data) > QueueBytes {
			q.behind = true
		}
		if q.behind {
			q.lost.Add(1)
			return
		}
		q.waiting++
		q.bytes += len(it.data)
	}
	if q.items = append(q.items, it); len(q.items) == 1 {
		q.cond.Signal()
	}
}

func (q *queue) run(r socketio.Receiver) {
	for items := q.take(); items != nil; items = q.take() {
		for _, it := range items {
			if q.over() {
				return
			}
			if !it.message {
				r.PeerChanged(it.from, it.alive)
				continue
			}
			r.Receive(it.from, it.data)
			q.received(len(it.data))
		}
	}
}

// take waits for items, and takes all; nil: close was called.
func (q *queue) take() []item {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.closed {
		q.cond.Wait()
	}
	if q.closed {
		return nil
	}
	items := q.items
	q.items = nil
	return items
}

func (q *queue) over() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}

func (q *queue) received(size int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting--
	q.bytes -= size
	if q.waiting <= QueueMessages/2 && q.bytes <= QueueBytes/2 {
		q.behind = false
	}
}

// close ends the calls, and waits for one under way.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.cond.Signal()
	q.mu.Unlock()
	q.owned.Wait()
}

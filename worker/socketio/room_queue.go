package socketio

import (
	"runtime/debug"
	"sync"
)

// roomQueue holds what happened to rooms for its handlers, which run one at a
// time in each namespace, on a goroutine that lives while there is anything. Its
// lock is held for a few instructions, by the loop and these, and not at all
// where nobody has asked for room events.
type roomQueue struct {
	server *Server
	owned  sync.WaitGroup

	mu      sync.Mutex
	waiting int // in all namespaces, with those being handled
	closed  bool
}

// push queues an event, or notes that one was lost where the limit is reached.
// From then on all of the namespace are, until it can tell of that.
func (q *roomQueue) push(ns *Namespace, e RoomEvent) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := &ns.roomNews
	if q.closed {
		return
	}
	if n.lost || q.waiting >= q.server.limits.RoomEvents {
		n.lost = true
		q.server.counters.roomEventOverflows.Add(1)
	} else {
		n.waiting = append(n.waiting, e)
		q.waiting++
	}
	if !n.running {
		n.running = true
		q.owned.Go(func() { q.run(ns) })
	}
}

// run handles a namespace's events until there are no more. Where a handler
// ends its goroutine, another goes on.
func (q *roomQueue) run(ns *Namespace) {
	over := false
	defer func() {
		if !over {
			q.owned.Go(func() { q.run(ns) })
		}
	}()
	for batch := q.take(ns); batch != nil; batch = q.take(ns) {
		q.handle(ns, batch)
	}
	over = true
}

// take returns what waits; nil: nothing, and the goroutine is to end.
func (q *roomQueue) take(ns *Namespace) []RoomEvent {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := &ns.roomNews
	batch := n.waiting
	if n.lost {
		batch = append(batch, RoomEvent{Kind: RoomEventsLost, Namespace: ns})
		q.waiting++
	}
	n.waiting, n.lost = nil, false
	n.running = batch != nil
	return batch
}

// handle tells of a batch. What a handler that ends its goroutine has left of
// it goes back to the front.
func (q *roomQueue) handle(ns *Namespace, batch []RoomEvent) {
	done := 0
	defer func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.waiting -= done
		if rest := batch[done:]; len(rest) > 0 {
			ns.roomNews.waiting = append(rest, ns.roomNews.waiting...)
		}
	}()
	for _, e := range batch {
		done++
		q.tell(ns, e)
	}
}

func (q *roomQueue) tell(ns *Namespace, e RoomEvent) {
	defer func() {
		if p := recover(); p != nil {
			q.server.counters.panics.Add(1)
			q.server.logger.Error("panic in a handler of room events",
				"namespace", ns.name, "event", e.Kind.String(), "panic", p, "stack", string(debug.Stack()))
		}
	}()
	for _, call := range ns.handlers.Load().rooms {
		call(e)
	}
}

// close waits until all that has been queued is handled; nothing is from then
// on.
func (q *roomQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.owned.Wait()
}

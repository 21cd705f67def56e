package socketio

import (
	"runtime/debug"
	"sync"
)

// serverQueue holds other workers' events for their handlers, which run one at
// a time in each namespace, on a goroutine that lives while there are any. Its
// lock is held for a few instructions, by the feed's goroutine and these.
type serverQueue struct {
	server *Server
	owned  sync.WaitGroup

	mu     sync.Mutex
	load   load // of all namespaces: what waits, and what is being handled
	behind bool // an overflow has been told of
	closed bool
}

// serverSide is a namespace's part, guarded by serverQueue.mu.
type serverSide struct {
	first, last *ServerEvent
	running     bool
}

// push queues an event, or drops it where the limit is reached. Of a series of
// drops it logs the first.
func (q *serverQueue) push(ns *Namespace, e *ServerEvent) {
	admitted, first := q.admit(ns, e)
	if admitted {
		return
	}
	q.server.counters.serverEventOverflows.Add(1)
	e.fail(statusBusy)
	if first {
		q.server.logger.Warn("server-side events are dropped: their handlers are behind",
			"namespace", ns.name, "event", e.name, origin(e.from))
	}
}

// admit queues an event, unless the limit is reached; first: for the first time
// since half of the queue was handled. After close it is as if handled.
func (q *serverQueue) admit(ns *Namespace, e *ServerEvent) (admitted, first bool) {
	l := &q.server.limits
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return true, false
	}
	after := q.load
	after.add(load{bytes: e.size(), events: 1})
	if after.over(load{bytes: l.ServerEventBytes, events: l.ServerEvents}) {
		first = !q.behind
		q.behind = true
		return false, first
	}
	q.load = after
	s := &ns.serverSide
	if s.first == nil {
		s.first = e
	} else {
		s.last.next = e
	}
	s.last = e
	if !s.running {
		s.running = true
		q.owned.Go(func() { q.run(ns) })
	}
	return true, false
}

// run handles a namespace's events until there are no more. Where a handler
// ends its goroutine, another goes on.
func (q *serverQueue) run(ns *Namespace) {
	over := false
	defer func() {
		if !over {
			q.owned.Go(func() { q.run(ns) })
		}
	}()
	for e := q.take(ns); e != nil; e = q.take(ns) {
		q.handle(ns, e)
	}
	over = true
}

// take returns the next event; nil: there is none, and the goroutine is to end.
func (q *serverQueue) take(ns *Namespace) *ServerEvent {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := &ns.serverSide
	e := s.first
	if e == nil || q.closed {
		s.first, s.last, s.running = nil, nil, false
		return nil
	}
	s.first, e.next = e.next, nil
	return e
}

// handled gives an event's place back.
func (q *serverQueue) handled(e *ServerEvent) {
	l := &q.server.limits
	q.mu.Lock()
	defer q.mu.Unlock()
	q.load.sub(load{bytes: e.size(), events: 1})
	if !q.load.over(load{bytes: l.ServerEventBytes / 2, events: l.ServerEvents / 2}) {
		q.behind = false
	}
}

func (q *serverQueue) handle(ns *Namespace, e *ServerEvent) {
	defer func() {
		q.handled(e)
		if p := recover(); p != nil {
			e.fail(statusNobody)
			q.server.counters.panics.Add(1)
			q.server.logger.Error("panic in a handler of a server-side event",
				"namespace", ns.name, "event", e.name, origin(e.from), "panic", p, "stack", string(debug.Stack()))
		}
	}()
	q.server.counters.serverEvents.Add(1)
	for _, call := range e.calls {
		call(e)
	}
}

// stop drops what waits, and all that comes.
func (q *serverQueue) stop() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
}

// wait returns when no handler runs any more, after stop.
func (q *serverQueue) wait() { q.owned.Wait() }

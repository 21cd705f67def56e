package socketio

import (
	"context"

	"github.com/ioserver/ioserver/worker/loop"
)

// fetchWork tells another worker of this worker's sockets, a part whenever it
// asks for one.
type fetchWork struct {
	served *served
	ns     *Namespace
	target target

	// The loop's.
	begun bool
	rest  []*Socket // not described yet

	// Guarded by answering.mu.
	wanted bool            // a part is due
	told   []*RemoteSocket // described, and not sent
	more   bool            // there is a rest
}

// serveFetch begins to tell of sockets.
func (l *liaison) serveFetch(from Peer, e *requestEnvelope) {
	ns := l.server.namespace(e.namespace)
	if ns == nil {
		_ = l.answering.reply(from, &answerEnvelope{op: e.op, id: e.id, status: statusLast})
		return
	}
	w := &fetchWork{ns: ns, target: e.target, wanted: true, more: true}
	if _, ok := l.answering.admit(from, e, func(s *served) work {
		w.served = s
		return w
	}); ok {
		w.goOn()
	}
}

// goOn has more sockets described.
func (w *fetchWork) goOn() {
	l := w.served.all.liaison
	_ = l.arrivals.Post(context.Background(), loop.Func(w.roll)) // fails only where the loop has ended
}

// roll describes the next sockets. On the loop.
func (w *fetchWork) roll() {
	if !w.begun {
		w.begun = true
		ro := w.ns.current().roster
		for s := range ro.targets(w.target.rooms, w.target.except, ro.byID[w.target.sender]) {
			w.rest = append(w.rest, s)
		}
	}
	var told []*RemoteSocket
	for len(told) == 0 && len(w.rest) > 0 { // those that have gone are no part: nobody would ask for the next
		batch := w.rest[:min(rollBatch, len(w.rest))]
		for _, s := range batch {
			if r := s.describe(); r != nil {
				told = append(told, r)
			}
		}
		w.rest = w.rest[len(batch):]
	}
	if len(w.rest) == 0 {
		w.rest = nil
	}
	a := w.served.all
	a.mu.Lock()
	defer a.mu.Unlock()
	w.told, w.more = append(w.told, told...), len(w.rest) > 0
	a.news(w.served)
}

// nudged sends the next part. On the bus.
func (w *fetchWork) nudged() {
	a := w.served.all
	a.mu.Lock()
	w.wanted = true
	roll := len(w.told) == 0 && w.more
	a.news(w.served)
	a.mu.Unlock()
	if roll {
		w.goOn()
	}
}

func (w *fetchWork) ready() bool { return w.wanted && (len(w.told) > 0 || !w.more) }

func (w *fetchWork) take() func(*answerEnvelope) {
	w.wanted = false
	told := w.told
	return func(e *answerEnvelope) {
		size, n := 0, 0
		for n < len(told) && size < partBytes {
			told[n].seal()
			size += told[n].size()
			n++
		}
		e.sockets = told[:n]
		a := w.served.all
		a.mu.Lock()
		defer a.mu.Unlock()
		if w.told = told[n:]; len(w.told) == 0 && !w.more {
			e.status = statusLast
		}
	}
}

func (w *fetchWork) release() { w.told, w.more = nil, false }

func (w *fetchWork) stop() {}

// joinWork has this worker's sockets join rooms for another worker, and says
// when that is done.
type joinWork struct {
	served *served
	done   bool // guarded by answering.mu
}

// serveJoin makes sockets members of rooms in order with broadcasts, and
// answers when whatever is emitted to the rooms arrives.
func (l *liaison) serveJoin(from Peer, e *requestEnvelope) error {
	ns := l.server.namespace(e.namespace)
	if ns == nil {
		_ = l.answering.reply(from, &answerEnvelope{op: e.op, id: e.id, status: statusLast})
		return nil
	}
	if err := l.server.admitRooms(ns, e.names); err != nil {
		return err
	}
	w := &joinWork{}
	if _, ok := l.answering.admit(from, e, func(s *served) work {
		w.served = s
		return w
	}); !ok {
		return nil
	}
	waits := l.wants(ns, e.names) // given back when the rooms have their own
	after := func() {
		if len(waits) == 0 {
			w.finish(ns, e.names)
			return
		}
		w.served.all.spawn(func() {
			l.await(waits)
			w.finish(ns, e.names)
		})
	}
	c := &change{ns: ns, kind: joinRooms, names: e.names, after: after}
	c.aim(&e.target)
	_ = l.arrivals.Post(context.Background(), c) // fails only where the loop has ended
	return nil
}

func (w *joinWork) finish(ns *Namespace, names []string) {
	a := w.served.all
	a.liaison.unwant(ns, names)
	a.mu.Lock()
	defer a.mu.Unlock()
	w.done = true
	a.news(w.served)
}

// spawn runs f on a goroutine that wait waits for, unless the end has come.
func (a *answering) spawn(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed {
		a.owned.Go(f)
	}
}

func (w *joinWork) ready() bool { return w.done }

func (w *joinWork) take() func(*answerEnvelope) {
	w.done = false
	return func(e *answerEnvelope) { e.status = statusLast }
}

func (w *joinWork) release() {}

func (w *joinWork) stop() {}

// serveChange does something to this worker's sockets for another worker.
func (l *liaison) serveChange(data []byte) error {
	e, err := parseChange(data, l.server.limits.BroadcastRooms)
	if err != nil {
		return err
	}
	ns := l.server.namespace(e.namespace)
	if ns == nil {
		return nil
	}
	c := &change{ns: ns, kind: e.kind, names: e.names, close: e.close}
	c.aim(&e.target)
	_ = l.arrivals.Post(context.Background(), c) // fails only where the loop has ended
	return nil
}

// aim sets who of this worker is meant by another.
func (c *change) aim(t *target) {
	c.rooms, c.except, c.skipID = t.rooms, t.except, t.sender
}

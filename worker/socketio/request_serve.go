package socketio

import (
	"sync"
	"time"
)

const (
	// partBytes is about how large a part of an answer becomes.
	partBytes = 256 << 10
	// servedGrace is how long what is done for an asker outlives the asker's
	// patience: the word that nobody waits any more may have been lost.
	servedGrace = 5 * time.Second
)

// answering is what this worker does for requests of others. Parts of answers
// are encoded and sent by one goroutine, which lives while there are any. The
// lock is held for a few instructions, by the bus, the loop and that goroutine.
type answering struct {
	liaison *liaison
	owned   sync.WaitGroup

	mu          sync.Mutex
	open        map[servedKey]*served
	first, last *served // that have a part to send
	running     bool
	held        int // bytes of answers that wait to be sent
	closed      bool
}

// servedKey names a request of another worker.
type servedKey struct {
	from Peer
	id   uint64
}

// served is a request of another worker. But for the first fields it is guarded
// by answering.mu.
type served struct {
	all  *answering
	key  servedKey
	op   requestOp
	work work

	part   uint64
	timer  *time.Timer // nil: the asker waits for as long as it takes
	queued bool
	over   bool
	next   *served
}

// work is what is special about one kind of request. Its methods are called
// with answering.mu held, but for stop.
type work interface {
	// ready reports whether there is a part to send.
	ready() bool
	// take is the next part, to be completed by encode without the lock.
	take() (encode func(*answerEnvelope))
	// release gives back what was held for what was not sent.
	release()
	// stop ends what runs for it. On the bus, or on a timer's goroutine.
	stop()
}

func newAnswering(l *liaison) *answering {
	return &answering{liaison: l, open: make(map[servedKey]*served)}
}

// admit enters a request. False: there are too many, and the asker was told, or
// the end has come.
func (a *answering) admit(from Peer, e *requestEnvelope, w func(*served) work) (*served, bool) {
	s := &served{all: a, key: servedKey{from, e.id}, op: e.op}
	s.work = w(s)
	a.mu.Lock()
	_, again := a.open[s.key]
	full := len(a.open) >= a.liaison.server.limits.ServedRequests
	if a.closed || full || again {
		a.mu.Unlock()
		if full {
			a.liaison.server.counters.servedOverflows.Add(1)
			_ = a.reply(from, &answerEnvelope{op: e.op, id: e.id, status: statusBusy})
		}
		return nil, false
	}
	a.open[s.key] = s
	if e.patience > 0 {
		s.timer = time.AfterFunc(time.Duration(e.patience)*time.Millisecond+servedGrace, func() { a.drop(s.key) })
	}
	a.mu.Unlock()
	a.liaison.server.counters.requestsServed.Add(1)
	return s, true
}

// reply sends a part of an answer. Where it fails, which is counted, the asker's
// patience ends.
func (a *answering) reply(to Peer, e *answerEnvelope) error {
	buf := scratch.Get().(*[]byte)
	defer release(buf)
	*buf = e.append((*buf)[:0])
	return a.liaison.send(route{direct: true, home: to.Home}, nil, *buf)
}

// news has the parts of a request sent that there are. mu is held.
func (a *answering) news(s *served) {
	if s.queued || s.over || a.closed || !s.work.ready() {
		return
	}
	s.queued = true
	if a.first == nil {
		a.first = s
	} else {
		a.last.next = s
	}
	a.last = s
	if !a.running {
		a.running = true
		a.owned.Go(a.run)
	}
}

// run sends until there is nothing to send.
func (a *answering) run() {
	for {
		a.mu.Lock()
		s := a.first
		if s == nil || a.closed {
			a.running = false
			a.mu.Unlock()
			return
		}
		a.first, s.next, s.queued = s.next, nil, false
		if s.over {
			a.mu.Unlock()
			continue
		}
		encode := s.work.take()
		e := answerEnvelope{op: s.op, id: s.key.id, part: s.part}
		s.part++
		a.mu.Unlock()

		encode(&e)
		if a.reply(s.key.from, &e) != nil { // too large, for all we know
			e.status = statusBusy
			_ = a.reply(s.key.from, &e)
		}

		a.mu.Lock()
		if e.status != statusMore {
			a.forget(s)
		} else {
			a.news(s)
		}
		a.mu.Unlock()
	}
}

// forget ends a request. mu is held.
func (a *answering) forget(s *served) {
	if s.over {
		return
	}
	s.over = true
	if s.timer != nil {
		s.timer.Stop()
	}
	delete(a.open, s.key)
	s.work.release()
}

// drop ends a request that nobody waits for any more.
func (a *answering) drop(k servedKey) {
	a.mu.Lock()
	s := a.open[k]
	if s != nil {
		a.forget(s)
	}
	a.mu.Unlock()
	if s != nil {
		s.work.stop()
	}
}

// nudged goes on as the asker says.
func (a *answering) nudged(k servedKey, n nudge) {
	if n == nudgeCancel {
		a.drop(k)
		return
	}
	a.mu.Lock()
	s := a.open[k]
	a.mu.Unlock()
	if s != nil {
		if w, ok := s.work.(*fetchWork); ok {
			w.nudged()
		}
	}
}

// gone ends the requests of a worker that has ended.
func (a *answering) gone(of Peer) {
	a.mu.Lock()
	var keys []servedKey
	for k := range a.open {
		if k.from == of {
			keys = append(keys, k)
		}
	}
	a.mu.Unlock()
	for _, k := range keys {
		a.drop(k)
	}
}

// stop sends nothing any more. wait returns when what runs has ended.
func (a *answering) stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	for _, s := range a.open {
		a.forget(s)
	}
}

func (a *answering) wait() { a.owned.Wait() }

package socketio

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"sync"
	"time"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/loop"
)

// requests are the calls of this worker that wait for answers. The lock is held
// for a few instructions, by callers, the loop and the bus.
type requests struct {
	server *Server

	mu      sync.Mutex
	last    uint64 // id of the latest; it begins anywhere, so that those of an earlier life are told apart
	pending map[uint64]*request
	held    int // bytes of answers that callers have not been given yet
}

func newRequests(s *Server) *requests {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never fails: it ends the program instead
	return &requests{server: s, last: binary.BigEndian.Uint64(random[:]), pending: make(map[uint64]*request)}
}

// request is one call that waits. All but the first fields are guarded by
// requests.mu.
type request struct {
	all  *requests
	id   uint64
	op   requestOp
	ns   *Namespace
	done chan struct{} // closed when all have answered

	parties map[sid.Home]*party
	open    int  // parties that have not finished
	only    bool // nobody else is asked: it went to one home
	unmet   bool // others may not have been asked
	over    bool // nobody waits any more
	held    int
	cause   error // of the first answer that is missing

	acks    Acks
	sockets []*RemoteSocket
	answers []ServerAnswer
}

// party is a worker that is asked.
type party struct {
	life    uint64
	part    uint64 // the next
	over    bool
	missing bool     // of its answer something is
	ids     []string // of its sockets that were asked; "" where settled
	left    int      // of them, of this worker's own
}

// answerOverhead is what an answer weighs besides its bytes.
const answerOverhead = 128

// begin makes a request of these workers, and of this one where own is set. One
// without a life is gone.
func (q *requests) begin(op requestOp, ns *Namespace, own bool, to []Peer) (*request, error) {
	r, err := q.enter(op, ns, own, to)
	if err == nil && len(to) > 0 {
		q.missed(to)
	}
	return r, err
}

// missed settles what is waited for of workers that have gone since they were
// listed: gone may have been told of them before the request was there.
func (q *requests) missed(of []Peer) {
	now := q.server.adapter.bus.Peers()
	for _, p := range of {
		if p.Life != 0 && !slices.Contains(now, p) {
			q.gone(p)
		}
	}
}

func (q *requests) enter(op requestOp, ns *Namespace, own bool, to []Peer) (*request, error) {
	r := &request{all: q, op: op, ns: ns, done: make(chan struct{}), parties: make(map[sid.Home]*party, len(to)+1)}
	if own {
		r.parties[q.server.options.Home] = &party{}
	}
	for _, p := range to {
		r.parties[p.Home] = &party{life: p.Life}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.pending) >= q.server.limits.Requests {
		q.server.counters.requestOverflows.Add(1)
		return nil, ErrBusy
	}
	q.last++
	r.id = q.last
	if r.open = len(r.parties); r.open == 0 {
		close(r.done)
	}
	q.pending[r.id] = r
	for _, p := range to {
		if p.Life == 0 {
			r.settle(r.parties[p.Home], ErrWorkerGone)
		}
	}
	q.server.counters.requests.Add(1)
	return r, nil
}

// wait waits for all to answer, and says why it did not.
func (r *request) wait(ctx context.Context) error {
	select {
	case <-r.done:
		return nil
	default:
	}
	s := r.all.server
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.adapter.ended:
	case <-s.loop.Done():
	}
	return ErrClosed
}

// end takes what has been answered until now, for good, and tells those who
// have not answered that nobody waits. why is the caller's reason to end, nil:
// all have answered.
func (r *request) end(why error) error {
	q := r.all
	home := q.server.options.Home
	q.mu.Lock()
	r.over = true
	delete(q.pending, r.id)
	q.held -= r.held
	partial := &PartialError{Err: why}
	var waiting []sid.Home
	for h, p := range r.parties {
		for _, id := range p.ids {
			if id != "" {
				r.acks.Missing = append(r.acks.Missing, id)
			}
		}
		if !p.over || p.missing {
			partial.Missing = append(partial.Missing, h)
		}
		if !p.over && h != home {
			waiting = append(waiting, h)
		}
	}
	if partial.Err == nil {
		partial.Err = r.cause
	}
	if partial.Err == nil && r.unmet {
		partial.Err = ErrUnmet
	}
	q.mu.Unlock()
	for _, h := range waiting {
		q.server.adapter.nudge(h, nudgeCancel, r.id)
	}
	if partial.Err == nil {
		return nil
	}
	sortHomes(partial.Missing)
	return partial
}

// settle ends the waiting for a worker; cause is why something of its answer is
// missing, or nil. mu is held.
func (r *request) settle(p *party, cause error) {
	if p.over {
		return
	}
	p.over = true
	if cause != nil {
		p.missing = true
		r.blame(cause)
	}
	if r.open--; r.open == 0 {
		close(r.done)
	}
}

// blame keeps the first reason for something missing. mu is held.
func (r *request) blame(cause error) {
	if r.cause == nil {
		r.cause = cause
	}
}

// hold makes room for an answer of so many bytes, if there is. mu is held.
func (r *request) hold(size int) bool {
	q := r.all
	if q.held+size > q.server.limits.AnswerBytes {
		q.server.counters.answerOverflows.Add(1)
		return false
	}
	q.held += size
	r.held += size
	return true
}

// gone settles what is waited for of a worker that has ended.
func (q *requests) gone(of Peer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range q.pending {
		if p := r.parties[of.Home]; p != nil && p.life == of.Life {
			r.settle(p, ErrWorkerGone)
		}
	}
}

func (a *Args) size() int {
	n := answerOverhead + len(a.JSON)
	for _, b := range a.Attachments {
		n += len(b)
	}
	return n
}

// patienceOf is for how long a context lets wait, in milliseconds; 0: for as
// long as it takes.
func patienceOf(ctx context.Context) uint64 {
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0
	}
	left := time.Until(deadline).Milliseconds()
	return uint64(min(max(left, 1), maxPatience))
}

// later runs f on the loop without waiting for it.
func (s *Server) later(f func()) { s.loop.Post(loop.Func(f)) }

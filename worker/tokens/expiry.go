package tokens

import (
	"container/heap"
	"time"

	"github.com/ioserver/ioserver/worker/socketio"
)

// keep has a bearer end with its token.
func (g *Guard) keep(b *bearer, expires time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.bearers[b.socket] = b
	if b.place >= 0 {
		heap.Remove(&g.waiting, b.place)
	}
	if b.expires = expires; !expires.IsZero() {
		heap.Push(&g.waiting, b)
	}
	g.schedule()
}

// forget lets go of a socket that is gone.
func (g *Guard) forget(s *socketio.Socket) {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.bearers[s]
	if b == nil {
		return
	}
	delete(g.bearers, s)
	if b.place >= 0 {
		heap.Remove(&g.waiting, b.place)
		g.schedule()
	}
}

// schedule sets the timer for the first that expires. A token is taken for leeway longer, so it lasts as long.
func (g *Guard) schedule() {
	if len(g.waiting) == 0 {
		g.next.Stop()
		return
	}
	g.next.Reset(time.Until(g.waiting[0].expires.Add(leeway)))
}

func (g *Guard) run() {
	defer close(g.done)
	defer g.next.Stop()
	for {
		select {
		case <-g.stop:
			return
		case <-g.next.C:
			for b := g.expired(); b != nil; b = g.expired() {
				g.end(b)
			}
		}
	}
}

// expired takes out a bearer whose token has expired.
func (g *Guard) expired() *bearer {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 || time.Until(g.waiting[0].expires.Add(leeway)) > 0 {
		g.schedule()
		return nil
	}
	b := heap.Pop(&g.waiting).(*bearer)
	delete(g.bearers, b.socket)
	return b
}

func (g *Guard) end(b *bearer) {
	g.counters.expired.Add(1)
	g.logger.Debug("token expired", "namespace", b.socket.Namespace().Name(), "user", b.user)
	if b.socket.Connected() { // else Guard.came finds that it is not kept any more
		g.dismiss(b.socket)
	}
}

func (g *Guard) dismiss(s *socketio.Socket) {
	_ = s.Emit(Expired, refuse(TooOld, nil).told()) // fails where the client is gone
	s.Expire()
}

// queue is a heap of bearers by when their tokens expire.
type queue []*bearer

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].expires.Before(q[j].expires) }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

// Push is heap's.
func (q *queue) Push(v any) {
	b := v.(*bearer)
	b.place = len(*q)
	*q = append(*q, b)
}

// Pop is heap's.
func (q *queue) Pop() any {
	old := *q
	b := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	b.place = -1
	return b
}

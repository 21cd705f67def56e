package worker

import (
	"sync"
	"time"

	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/protocol/sid"
)

// settleTime is how long after its start a worker may not have heard of all
// others. Each says who it is once a second, and whom a new one greets at once.
const settleTime = 2 * roster.DefaultBeat

// homes finds where sessions live. A worker that has only just begun does not
// know all other nodes yet: until it has settled, an id of a node that it does
// not know is no reason to send a client away, whom a proxy may have passed on.
type homes struct {
	locator
	node  uint16 // this one's; its own workers need no introduction
	timer *time.Timer
	once  sync.Once
	over  chan struct{} // closed once settled

	mu   sync.Mutex
	news chan struct{} // closed, and replaced, when somebody has come
}

// newHomes begins to settle. Who makes it closes it.
func newHomes(l locator, node uint16, settle time.Duration) *homes {
	h := &homes{locator: l, node: node, over: make(chan struct{}), news: make(chan struct{})}
	h.timer = time.AfterFunc(settle, h.settle)
	return h
}

// settle ends all doubt: whoever is not known now is not there.
func (h *homes) settle() { h.once.Do(func() { close(h.over) }) }

// close ends the doubt of a worker that stops. It may be called again.
func (h *homes) close() {
	h.timer.Stop()
	h.settle()
}

// came hears that somebody has come.
func (h *homes) came() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.news)
	h.news = make(chan struct{})
}

// inDoubt reports whether the id may be of another node's worker that has not
// been heard yet. It does not block.
func (h *homes) inDoubt(id string) bool {
	select {
	case <-h.over:
		return false
	default:
	}
	claimed, ok := sid.Claim(id)
	return ok && claimed.Node != h.node && !h.known(id)
}

func (h *homes) known(id string) bool {
	home, incarnation, ok := h.Find(sid.EngineIO, id)
	return ok && (home.Node == h.node || incarnation != 0)
}

// await returns when an id is not in doubt, or not any more. Off the loop.
func (h *homes) await(id string) {
	for {
		h.mu.Lock()
		news := h.news
		h.mu.Unlock()
		if !h.inDoubt(id) {
			return
		}
		select {
		case <-news:
		case <-h.over:
			return
		}
	}
}

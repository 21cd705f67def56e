package backend

import (
	"sync"
	"time"
)

// arrears are the disconnects that nobody was there to hear. One goroutine tries
// the oldest now and then, and all the others when that is heard.
type arrears struct {
	b    *Backend
	done chan struct{}
	wg   sync.WaitGroup

	mu      sync.Mutex
	queue   []arrear
	bytes   int
	running bool
	closed  bool
}

type arrear struct {
	call  *Call
	id    string // in the ledger; "": it is of another worker's
	since time.Time
}

func newArrears(b *Backend) *arrears { return &arrears{b: b, done: make(chan struct{})} }

// put keeps a disconnect for later, where there is room.
func (a *arrears) put(c *Call, id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || len(a.queue) >= mostFarewells || a.bytes+len(c.Body) > mostFarewellBytes {
		a.b.counters.farewellsLost.Add(1)
		return false
	}
	a.queue = append(a.queue, arrear{c, id, time.Now()})
	a.bytes += len(c.Body)
	if !a.running {
		a.running = true
		a.wg.Go(a.run)
	}
	return true
}

// run ends when nothing is left.
func (a *arrears) run() {
	pause := time.NewTicker(farewellPause)
	defer pause.Stop()
	for {
		select {
		case <-a.done:
			return
		case <-pause.C:
		}
		for {
			next, ok := a.oldest()
			if !ok {
				return
			}
			old := time.Since(next.since) > farewellAge
			if !a.try(next, old) {
				break
			}
		}
	}
}

// oldest is the one whose turn it is; without any the goroutine ends.
func (a *arrears) oldest() (arrear, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.queue) == 0 || a.closed {
		a.running = false
		return arrear{}, false
	}
	return a.queue[0], true
}

// try makes the call again, and reports whether it is over.
func (a *arrears) try(next arrear, last bool) bool {
	o := a.b.bid(a.b.ctx, next.call)
	switch {
	case a.b.ctx.Err() != nil:
		return false
	case o == absent && !last:
		return false
	case o == absent:
		a.b.counters.farewellsLost.Add(1)
	}
	if next.id != "" {
		a.b.o.Ledger.Settled(next.id)
	}
	a.mu.Lock()
	a.queue[0] = arrear{}
	a.queue = a.queue[1:]
	a.bytes -= len(next.call.Body)
	a.mu.Unlock()
	return true
}

func (a *arrears) len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.queue)
}

// close drops what waits: it stays owed.
func (a *arrears) close() {
	a.mu.Lock()
	if !a.closed {
		a.closed = true
		close(a.done)
	}
	a.mu.Unlock()
	a.wg.Wait()
}

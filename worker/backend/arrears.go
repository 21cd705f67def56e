package backend

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// arrears are the disconnects that nobody was there to hear, or that found no
// place. One goroutine tries one of them now and then; when that is heard
// several tell the others.
type arrears struct {
	b    *Backend
	done chan struct{}
	wg   sync.WaitGroup

	mu      sync.Mutex
	queue   []arrear
	count   int // with those that are being told
	bytes   int // of these
	running bool
	away    bool          // nobody was there the last time
	changed chan struct{} // closed after each time
	closed  bool
}

type arrear struct {
	call  *Call
	id    string // in the ledger; "": it is of another worker's
	since time.Time
}

func newArrears(b *Backend) *arrears {
	return &arrears{b: b, done: make(chan struct{}), changed: make(chan struct{})}
}

// put keeps a disconnect for later, where there is room.
func (a *arrears) put(c *Call, id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed || a.count >= mostFarewells || a.bytes+len(c.Body) > mostFarewellBytes {
		a.b.counters.farewellsLost.Add(1)
		return false
	}
	a.queue = append(a.queue, arrear{c, id, time.Now()})
	a.count++
	a.bytes += len(c.Body)
	if !a.running {
		a.running, a.away = true, false
		a.wg.Go(a.run)
	}
	return true
}

// run ends when nothing is left.
func (a *arrears) run() {
	pause := time.NewTicker(farewellPause)
	defer pause.Stop()
	for over := false; !over; {
		select {
		case <-a.done:
			return
		case <-pause.C:
		}
		o := a.try()
		if !o.later() {
			o = a.tryAll()
		}
		over = a.settle(o)
	}
}

// settle has those who wait look, and reports whether nothing is left. Where
// nobody is there, what has waited for long enough is lost.
func (a *arrears) settle(o outcome) (over bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.away = o == absent; a.away {
		a.queue = slices.DeleteFunc(a.queue, func(x arrear) bool {
			old := time.Since(x.since) > farewellAge
			if old {
				a.b.counters.farewellsLost.Add(1)
				a.forget(x)
			}
			return old
		})
	}
	if len(a.queue) == 0 {
		a.queue = nil
		a.running, over = false, true
	}
	close(a.changed)
	a.changed = make(chan struct{})
	return over
}

// tryAll tells until nothing is left, or one is not heard: how that ended.
func (a *arrears) tryAll() outcome {
	var telling sync.WaitGroup
	var unheard atomic.Uint32
	for range min(tellers, a.len()) {
		telling.Go(func() {
			for a.waiting() && unheard.Load() == 0 {
				if o := a.try(); o.later() {
					unheard.Store(uint32(o))
				}
			}
		})
	}
	telling.Wait()
	return outcome(unheard.Load())
}

// try makes a call again; one that is not heard waits on.
func (a *arrears) try() outcome {
	a.mu.Lock()
	if len(a.queue) == 0 {
		a.mu.Unlock()
		return answered
	}
	next := a.queue[0]
	a.queue[0] = arrear{}
	a.queue = a.queue[1:]
	a.mu.Unlock()
	o := a.b.bid(a.b.ctx, next.call, anArrear)
	if a.b.ctx.Err() != nil && o != answered {
		o = overloaded // it stays owed
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if o.later() {
		a.queue = append(a.queue, next)
	} else {
		a.forget(next)
	}
	return o
}

// forget is for what has been told, or is lost. The ledger does not block.
func (a *arrears) forget(x arrear) {
	if x.id != "" {
		a.b.o.Ledger.Settled(x.id)
	}
	a.count--
	a.bytes -= len(x.call.Body)
}

func (a *arrears) waiting() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.queue) > 0 && !a.closed
}

func (a *arrears) len() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count
}

// await waits until all is told, as long as somebody hears it and ctx lasts.
func (a *arrears) await(ctx context.Context) {
	for {
		a.mu.Lock()
		over, changed := a.count == 0 || a.away || a.closed, a.changed
		a.mu.Unlock()
		if over {
			return
		}
		select {
		case <-changed:
		case <-a.b.ctx.Done():
			return
		case <-ctx.Done():
			return
		}
	}
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

package socketio

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// pool is the goroutines that run handlers. The loop hands them the turn's
// ready work as a batch and yields, so that on one core they run within the
// turn. What they leave because one of them sits in a handler that blocks, a
// fresh one takes over: there are as many as handlers that block, and about one
// more a core.
//
// put, kick, behind, trim and close are the loop's.
type pool[T any] struct {
	do  func(*T)
	max int

	work    *ring[T]
	backlog []*T // what the ring had no room for

	wake      chan struct{} // a token an idle runner that was claimed
	idle      atomic.Int64  // runners that wait for a token that nobody has promised
	dismissed atomic.Int64  // tokens that mean the end, where there is no work
	live      atomic.Int64
	owned     sync.WaitGroup

	started   atomic.Uint64
	saturated atomic.Uint64 // kicks that found every runner busy
}

const (
	// ringLength bounds the work that runners take without the loop.
	ringLength = 1024
	// rousedPerKick bounds the runners that one kick wakes: they may all be
	// waiting for the loop itself.
	rousedPerKick = 16
)

func newPool[T any](limit int, do func(*T)) *pool[T] {
	return &pool[T]{do: do, max: limit, work: newRing[T](ringLength), wake: make(chan struct{}, limit)}
}

// put adds ready work for the next kick.
func (p *pool[T]) put(v *T) {
	if len(p.backlog) > 0 || !p.work.push(v) {
		p.backlog = append(p.backlog, v)
	}
}

// kick has the work taken by runners before it returns. It reports true where
// some is left and another kick, after a look at the mailbox, may help.
func (p *pool[T]) kick() (again bool) {
	for range rousedPerKick {
		p.refill()
		if p.work.empty() {
			return false
		}
		if !p.rouse() {
			// Whoever finishes first goes on with what is left.
			p.saturated.Add(1)
			return false
		}
		runtime.Gosched()
	}
	p.refill()
	return !p.work.empty()
}

// behind reports that there is work which only a kick brings to the runners:
// one is due when some of them have made room.
func (p *pool[T]) behind() bool { return len(p.backlog) > 0 }

func (p *pool[T]) refill() {
	n := 0
	for n < len(p.backlog) && p.work.push(p.backlog[n]) {
		p.backlog[n] = nil
		n++
	}
	if p.backlog = p.backlog[n:]; len(p.backlog) == 0 {
		p.backlog = nil
	}
}

// rouse wakes an idle runner, or starts one.
func (p *pool[T]) rouse() bool {
	if p.claim() {
		p.wake <- struct{}{}
		return true
	}
	if p.live.Load() >= int64(p.max) {
		return false
	}
	p.live.Add(1)
	p.started.Add(1)
	p.owned.Go(p.run)
	return true
}

// claim takes one runner out of the idle: a token is its due, or it is the
// caller itself.
func (p *pool[T]) claim() bool { return decrement(&p.idle) }

func decrement(n *atomic.Int64) bool {
	for {
		v := n.Load()
		if v == 0 {
			return false
		}
		if n.CompareAndSwap(v, v-1) {
			return true
		}
	}
}

func (p *pool[T]) run() {
	over := false
	defer func() {
		if !over { // the work has ended this goroutine; another goes on with what is left
			p.owned.Go(p.run)
			return
		}
		p.live.Add(-1)
	}()
	for !over {
		for v := p.work.pop(); v != nil; v = p.work.pop() {
			p.do(v)
		}
		p.idle.Add(1)
		// Work that came since the last pop was announced to nobody, if this
		// was the only runner.
		if !p.work.empty() && p.claim() {
			continue
		}
		_, ok := <-p.wake
		over = !ok || p.work.empty() && decrement(&p.dismissed)
	}
}

// trim ends half of the idle runners but one.
func (p *pool[T]) trim() {
	for n := p.idle.Load() / 2; n > 0 && p.claim(); n-- {
		p.dismissed.Add(1)
		p.wake <- struct{}{}
	}
}

// close ends the runners, each when it has no more work; wait returns when they
// have ended. Nothing may be put after close.
func (p *pool[T]) close() { close(p.wake) }

func (p *pool[T]) wait() { p.owned.Wait() }

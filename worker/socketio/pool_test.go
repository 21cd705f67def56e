package socketio

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const patience = 10 * time.Second

func TestRing(t *testing.T) {
	r := newRing[int](4)
	values := [6]int{0, 1, 2, 3, 4, 5}
	if r.pop() != nil || !r.empty() {
		t.Fatal("a new ring is not empty")
	}
	for i := range 4 {
		if !r.push(&values[i]) {
			t.Fatalf("no room for %d", i)
		}
	}
	if r.push(&values[4]) {
		t.Fatal("room for a fifth")
	}
	if got := r.pop(); got != &values[0] {
		t.Fatalf("got %v first", got)
	}
	if !r.push(&values[5]) {
		t.Fatal("no room after a pop")
	}
	for _, want := range []int{1, 2, 3, 5} {
		if got := r.pop(); got == nil || *got != want {
			t.Fatalf("got %v, want %d", got, want)
		}
	}
}

func TestRingManyTakers(t *testing.T) {
	const n = 100_000
	r := newRing[int](64)
	values := make([]int, n)
	taken := make([]atomic.Int32, n)
	var left atomic.Int64
	left.Store(n)
	var takers sync.WaitGroup
	for range 4 {
		takers.Go(func() {
			for left.Load() > 0 {
				if v := r.pop(); v != nil {
					taken[*v].Add(1)
					left.Add(-1)
				} else {
					runtime.Gosched()
				}
			}
		})
	}
	for i := range values {
		values[i] = i
		for !r.push(&values[i]) {
			runtime.Gosched()
		}
	}
	takers.Wait()
	for i := range taken {
		if taken[i].Load() != 1 {
			t.Fatalf("%d was taken %d times", i, taken[i].Load())
		}
	}
}

// blocker is work that may wait.
type blocker struct {
	wait <-chan struct{}
	done func()
}

func (b *blocker) run() {
	if b.wait != nil {
		<-b.wait
	}
	b.done()
}

func endPool(t *testing.T, p *pool[blocker]) {
	t.Helper()
	p.close()
	ended := make(chan struct{})
	go func() { p.wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("runners do not end")
	}
	if n := p.live.Load(); n != 0 {
		t.Errorf("%d runners left", n)
	}
}

// Work behind work that blocks is done all the same.
func TestPoolPassesBlockedWork(t *testing.T) {
	p := newPool(64, (*blocker).run)
	release := make(chan struct{})
	var blocked, quick sync.WaitGroup
	for i := range 100 {
		if i%5 == 0 && i < 50 {
			blocked.Add(1)
			p.put(&blocker{release, blocked.Done})
		} else {
			quick.Add(1)
			p.put(&blocker{nil, quick.Done})
		}
	}
	for p.kick() {
	}
	wait(t, &quick)
	close(release)
	wait(t, &blocked)
	endPool(t, p)
}

// At its bound the pool waits for whoever is blocked; then it goes on by itself
// with what is in the ring.
func TestPoolBound(t *testing.T) {
	p := newPool(3, (*blocker).run)
	release := make(chan struct{})
	var all sync.WaitGroup
	for range 50 {
		all.Add(1)
		p.put(&blocker{release, all.Done})
	}
	for p.kick() {
	}
	if n := p.live.Load(); n != 3 {
		t.Errorf("%d runners, want 3", n)
	}
	if p.saturated.Load() == 0 {
		t.Error("saturation was not counted")
	}
	close(release)
	wait(t, &all)
	endPool(t, p)
}

func TestPoolBacklog(t *testing.T) {
	p := newPool(2, (*blocker).run)
	var order []int
	var all sync.WaitGroup
	release := make(chan struct{})
	var mu sync.Mutex
	const n = ringLength + 500
	for i := range n {
		all.Add(1)
		p.put(&blocker{release, func() {
			mu.Lock()
			order = append(order, i)
			mu.Unlock()
			all.Done()
		}})
	}
	for p.kick() {
	}
	if len(p.backlog) == 0 {
		t.Fatal("the ring took everything")
	}
	close(release)
	for drained := false; !drained; {
		p.kick()
		runtime.Gosched()
		mu.Lock()
		drained = len(order) == n
		mu.Unlock()
	}
	wait(t, &all)
	endPool(t, p)
}

func TestPoolTrim(t *testing.T) {
	p := newPool(32, (*blocker).run)
	release := make(chan struct{})
	var all sync.WaitGroup
	for range 32 {
		all.Add(1)
		p.put(&blocker{release, all.Done})
	}
	for p.kick() {
	}
	close(release)
	wait(t, &all)
	for p.idle.Load() < 32 {
		runtime.Gosched()
	}
	for range 10 {
		n := p.idle.Load()
		p.trim()
		for p.live.Load() != p.idle.Load() {
			runtime.Gosched()
		}
		if n > 1 && p.live.Load() >= n {
			t.Fatalf("still %d runners", n)
		}
	}
	if n := p.live.Load(); n != 1 {
		t.Errorf("%d runners left, want 1", n)
	}
	all.Add(1)
	p.put(&blocker{nil, all.Done})
	p.kick()
	wait(t, &all)
	endPool(t, p)
}

func wait(t *testing.T, g *sync.WaitGroup) {
	t.Helper()
	done := make(chan struct{})
	go func() { g.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("work is left")
	}
}

// Work that ends its goroutine takes none of the others' with it.
func TestPoolExit(t *testing.T) {
	p := newPool(2, (*blocker).run)
	release := make(chan struct{})
	var all sync.WaitGroup
	for i := range 20 {
		all.Add(1)
		p.put(&blocker{release, func() {
			all.Done()
			if i%3 == 0 {
				runtime.Goexit()
			}
		}})
	}
	for p.kick() {
	}
	close(release)
	wait(t, &all)
	endPool(t, p)
}

package broker

import (
	"slices"
	"sync"
	"sync/atomic"
)

// gapListeners are the functions given to OnGap.
type gapListeners struct {
	mu  sync.Mutex
	all atomic.Pointer[[]func()]
}

func (g *gapListeners) add(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []func()
	if old := g.all.Load(); old != nil {
		all = slices.Clone(*old)
	}
	all = append(all, f)
	g.all.Store(&all)
}

func (g *gapListeners) call() {
	if all := g.all.Load(); all != nil {
		for _, f := range *all {
			f()
		}
	}
}

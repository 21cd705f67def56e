package backend

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
)

// However calls come and give up, bounds hold, nobody is forgotten, and nothing
// is left.
func TestGate(t *testing.T) {
	g := newGate(8)
	var now [3]atomic.Int64
	var wg sync.WaitGroup
	for worker := range 64 {
		wg.Go(func() {
			for range 200 {
				name := rand.IntN(len(now))
				ctx, cancel := context.WithCancel(context.Background())
				if rand.IntN(3) == 0 {
					go cancel()
				}
				err := g.enter(ctx, fmt.Sprint(name), class(worker)%classes)
				if err == nil {
					if n := now[name].Add(1); n > int64(g.share) {
						t.Errorf("%d calls of one name", n)
					}
					now[name].Add(-1)
					g.leave(fmt.Sprint(name))
				} else if !errors.Is(err, ErrCrowded) {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	if g.held != 0 || g.waiting != [classes]int{} || len(g.lines) != 0 || len(g.turns) != 0 {
		t.Errorf("left: %d held, %v waiting, %d lines, %d turns", g.held, g.waiting, len(g.lines), len(g.turns))
	}
}

// Calls that are refused leave nothing: clients choose the names of events.
func TestGateRefusedNames(t *testing.T) {
	g := newGate(1)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	if err := g.enter(ctx, "held", anEvent); err != nil {
		t.Fatal(err)
	}
	for i := range g.queue[anEvent] {
		wg.Go(func() { _ = g.enter(ctx, fmt.Sprint(i), anEvent) })
	}
	for { // until the queue is full
		if _, n := g.load(); n == g.queue[anEvent] {
			break
		}
	}
	for i := range 1000 {
		if err := g.enter(ctx, fmt.Sprint("refused ", i), anEvent); !errors.Is(err, ErrCrowded) {
			t.Fatal(err)
		}
	}
	if n := len(g.lines); n != g.queue[anEvent]+1 {
		t.Errorf("%d names are kept", n)
	}
	cancel()
	wg.Wait()
	g.leave("held")
	if len(g.lines) != 0 || len(g.turns) != 0 {
		t.Errorf("left: %d lines, %d turns", len(g.lines), len(g.turns))
	}
}

// A crowd of connects is bounded, and does not keep events from waiting.
func TestGateCrowd(t *testing.T) {
	g := newGate(1)
	g.queue[aConnect] = 4
	ctx, cancel := context.WithCancel(context.Background())
	if err := g.enter(ctx, "connect", aConnect); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wait := func(name string, of class, waiting int) {
		wg.Go(func() { _ = g.enter(ctx, name, of) })
		for {
			if _, n := g.load(); n == waiting {
				return
			}
		}
	}
	for i := range 4 {
		wait("connect", aConnect, i+1)
	}
	if err := g.enter(ctx, "connect", aConnect); !errors.Is(err, ErrCrowded) {
		t.Error(err)
	}
	wait("event", anEvent, 5)
	cancel()
	wg.Wait()
	g.leave("connect")
	if len(g.lines) != 0 {
		t.Errorf("left: %d lines", len(g.lines))
	}
}

// Names take turns, however many of one wait.
func TestGateTurns(t *testing.T) {
	g := newGate(2)
	ctx := context.Background()
	enter := func(name string) {
		if err := g.enter(ctx, name, anArrear); err != nil {
			t.Error(err)
		}
	}
	enter("a")
	enter("b")
	order := make(chan string, 10)
	var wg sync.WaitGroup
	wait := func(name string, waiting int) {
		wg.Go(func() {
			enter(name)
			order <- name
		})
		for { // until it stands in line
			if _, n := g.load(); n == waiting {
				return
			}
		}
	}
	wait("a", 1)
	wait("a", 2)
	wait("b", 3)
	g.leave("a")
	if got := <-order; got != "a" {
		t.Errorf("%s came first", got)
	}
	g.leave("b")
	if got := <-order; got != "b" {
		t.Errorf("%s came second", got)
	}
	g.leave("b")
	g.leave("a")
	if got := <-order; got != "a" {
		t.Errorf("%s came third", got)
	}
	g.leave("a")
	wg.Wait()
}

package master

import (
	"testing"
	"time"
)

// arrivals lets n connections come at once at a gate, and returns when each would be let in, as the master's timer would have it.
func arrivals(t *testing.T, g *gate, n int, begin time.Time) (at []time.Duration) {
	t.Helper()
	for range n {
		if g.opens(begin) {
			at = append(at, 0)
		} else if !g.join(conn{fd: -1}, begin) {
			t.Fatal("no room in the line")
		}
	}
	wakes := 0
	for len(g.line) > 0 {
		now := g.deadline()
		wakes++
		for len(g.line) > 0 && g.ready(now) {
			g.take(now)
			g.leave()
			at = append(at, now.Sub(begin))
		}
		if wakes > 100*n {
			t.Fatalf("woken %d times for %d connections", wakes, n)
		}
	}
	if limit := n + 1; wakes > limit || g.rate > 1000 && wakes > n/(g.rate/(2*rateTurns))+2 {
		t.Errorf("rate %d: woken %d times for %d connections", g.rate, wakes, n)
	}
	return at
}

func TestGateKeepsItsRate(t *testing.T) {
	begin := time.Unix(1000, 0)
	for _, rate := range []int{1, 3, 10, 500, 5000, 100_000} {
		g := &gate{bounds: gateBounds{1 << 20, time.Hour}}
		g.set(rate, begin)
		n := 2*rate + 5
		at := arrivals(t, g, n, begin)
		burst := int(g.burst())
		for i, d := range at {
			// The ith comes neither before its token nor more than a turn's time after it.
			due := time.Duration(max(i+1-burst, 0)) * time.Second / time.Duration(rate)
			if slack := time.Second/rateTurns + time.Second/time.Duration(rate); d < due-10*time.Microsecond || d > due+slack {
				t.Errorf("rate %d: connection %d of %d let in after %v, due after %v", rate, i, n, d, due)
				break
			}
		}
	}
}

// A quiet time fills the bucket no further than to its brim.
func TestGateBurst(t *testing.T) {
	now := time.Unix(1000, 0)
	g := &gate{bounds: gateBounds{1000, time.Hour}}
	g.set(100, now)
	for _, quiet := range []time.Duration{0, time.Hour, time.Second} {
		now = now.Add(quiet)
		in := 0
		for g.opens(now) {
			in++
		}
		if in != 10 {
			t.Errorf("%d at once after %v", in, quiet)
		}
	}
	now = now.Add(time.Hour)
	g.opens(now)
	now = now.Add(time.Hour)
	in := 0
	for range 5 { // a full bucket, emptied in a moment, was not filled meanwhile
		now = now.Add(time.Microsecond)
		for g.opens(now) {
			in++
		}
	}
	if in != 10 {
		t.Errorf("%d in a moment", in)
	}
}

func TestGateReloads(t *testing.T) {
	now := time.Unix(1000, 0)
	g := &gate{bounds: gateBounds{1000, time.Hour}}
	for range 10_000 {
		if !g.opens(now) {
			t.Fatal("closed without a rate")
		}
	}
	g.set(10, now)
	if !g.opens(now) || g.opens(now) || !g.join(conn{fd: -1}, now) {
		t.Error("a rate that is new begins with more, or less, than its burst")
	}
	g.set(1000, now)
	if at := g.deadline(); at.Sub(now) > time.Second/rateTurns+time.Millisecond {
		t.Errorf("a higher rate lets nobody in before %v", at.Sub(now))
	}
	g.set(0, now)
	if at := g.deadline(); at.After(now) || !g.take(now) {
		t.Errorf("without a rate they wait until %v", at)
	}
}

// Who is first in line is answered when its time is up, if no turn comes before that.
func TestGateDeadlineIsTheOldest(t *testing.T) {
	now := time.Unix(1000, 0)
	g := &gate{bounds: gateBounds{2, 100 * time.Millisecond}}
	g.set(1, now)
	g.opens(now)
	if !g.deadline().IsZero() {
		t.Error("nobody waits")
	}
	for i, want := range []bool{true, true, false} {
		if g.join(conn{fd: -1}, now) != want {
			t.Errorf("connection %d of a line of 2", i)
		}
	}
	if at := g.deadline(); at.Sub(now) != 100*time.Millisecond {
		t.Errorf("after %v", at.Sub(now))
	}
}

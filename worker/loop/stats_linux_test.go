package loop_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
)

// turnsIn is how many turns a function on the loop takes, by how long they took: it alone in its turn, as far as it can.
func turnsIn(t *testing.T, l *loop.Loop, f func()) (before, after loop.Stats) {
	t.Helper()
	settle(t, l)
	before = l.Stats()
	on(t, l, f)
	settle(t, l)
	return before, l.Stats()
}

func TestTurnTimes(t *testing.T) {
	if !slices.IsSorted(loop.TurnBounds[:]) {
		t.Fatal("bounds are not in order")
	}
	l := start(t, loop.Options{})
	const long = 60 * time.Millisecond
	before, after := turnsIn(t, l, func() {
		for began := time.Now(); time.Since(began) < long; { // a handler that holds up the loop
		}
	})
	sum, slow := uint64(0), uint64(0)
	for i, n := range after.TurnTimes {
		sum += n
		if i == len(loop.TurnBounds) || loop.TurnBounds[i] > long {
			slow += n - before.TurnTimes[i]
		}
	}
	if sum != after.Turns || slow == 0 {
		t.Errorf("%d turns and %d slow ones in %v of %d, before %v", sum, slow, after.TurnTimes, after.Turns, before.TurnTimes)
	}
	if after.TurnTime-before.TurnTime < long || after.LongestTurn < long {
		t.Errorf("%v in turns, the longest %v", after.TurnTime-before.TurnTime, after.LongestTurn)
	}
}

// Each turn is told of when it is over, what it led to in the mailbox too, and so is the end.
func TestAfterTurn(t *testing.T) {
	done, told := 0, make(chan int, 1000)
	l, err := loop.New(loop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l.AfterTurn(func() { told <- done })
	fd, _ := pair(t)
	ended := make(chan struct{})
	l.Post(loop.Func(func() {
		if _, err := l.Attach(fd, &handler{closed: func(*loop.Conn, error) { done += 100 }}); err != nil {
			t.Error(err)
		}
		done++
		l.Post(loop.Func(func() { done++ }))
	}))
	go func() { defer close(ended); _ = l.Run() }()
	if n := await(t, told); n != 2 {
		t.Errorf("told of %d after the first turn", n)
	}
	l.Stop()
	await(t, ended)
	last := 0
	for len(told) > 0 {
		last = <-told
	}
	if last != 102 {
		t.Errorf("told of %d at the end", last)
	}
}

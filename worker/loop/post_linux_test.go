package loop_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
)

// Tasks come from many goroutines while the loop falls asleep all the time: none may be left lying.
func TestNoLostWakeUp(t *testing.T) {
	l := start(t, loop.Options{})
	port := l.Port("stress", 3)
	var timer loop.Timer
	var again expirer
	again = func(tm *loop.Timer) { l.Arm(tm, l.Now().Add(3*time.Millisecond), again) }
	on(t, l, func() { again(&timer) })
	fd, peer := pair(t)
	attach(t, l, fd, &handler{data: echo})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			done := make(ping, 1)
			for range 3000 {
				if i%2 == 0 {
					l.Post(done)
				} else if err := port.Post(t.Context(), done); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-done:
				case <-time.After(patience):
					t.Error("a task was left lying")
					return
				}
			}
		})
	}
	wg.Go(func() {
		b := make([]byte, 1)
		for range 3000 {
			if _, err := peer.Write(b); err != nil {
				t.Error(err)
				return
			}
			if _, err := peer.Read(b); err != nil {
				t.Error(err)
				return
			}
		}
	})
	wg.Wait()
}

func TestTasksKeepTheirOrder(t *testing.T) {
	l := start(t, loop.Options{})
	ports := []*loop.Port{l.Port("a", 10), l.Port("b", 10)}
	release := hold(t, l)
	var got []string
	for i := range 15 {
		for j, p := range ports {
			task := loop.Func(func() { got = append(got, fmt.Sprint(i, j)) })
			if i >= 10 {
				l.Post(task)
			} else if !p.TryPost(task) {
				t.Fatal("full too early")
			}
		}
	}
	release()
	on(t, l, func() {
		for i := range 30 {
			if want := fmt.Sprint(i/2, i%2); got[i] != want {
				t.Fatalf("task %d was %s, want %s", i, got[i], want)
			}
		}
	})
}

// More at once than the mailbox keeps memory for, and than a turn takes.
func TestBurst(t *testing.T) {
	l := start(t, loop.Options{})
	for range 3 {
		release := hold(t, l)
		ran := 0
		for i := range 20000 {
			l.Post(loop.Func(func() {
				if ran != i {
					t.Errorf("task %d ran after %d", i, ran)
				}
				ran++
			}))
		}
		release()
		on(t, l, func() {
			if ran != 20000 {
				t.Errorf("%d tasks ran", ran)
			}
		})
	}
}

func TestPortIsBounded(t *testing.T) {
	l := start(t, loop.Options{})
	port := l.Port("bounded", 2)
	other := l.Port("other", 0) // counts as 1
	release := hold(t, l)
	nothing := loop.Func(func() {})
	for i := range 5 {
		if ok := port.TryPost(nothing); ok != (i < 2) {
			t.Errorf("post %d accepted: %v", i, ok)
		}
	}
	if port.Overflows() != 3 || port.Queued() != 2 {
		t.Errorf("%d overflows, %d queued", port.Overflows(), port.Queued())
	}
	if !other.TryPost(nothing) {
		t.Error("one port's tasks fill another")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := port.Post(ctx, nothing); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	waited := make(chan error, 1)
	go func() { waited <- port.Post(t.Context(), nothing) }()
	for l.Stats().Ports[0].Waits < 2 {
		runtime.Gosched()
	}
	release()
	if err := await(t, waited); err != nil {
		t.Errorf("a post that waited for room: %v", err)
	}
	settle(t, l)
	got := l.Stats().Ports
	want := []loop.PortStats{{Name: "bounded", Waits: 2, Overflows: 3}, {Name: "other"}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("counted %+v, want %+v", got, want)
	}
}

// A room is free again when its task begins, so that a task's own producers may go on.
func TestPortRoomIsFreeWhenTheTaskRuns(t *testing.T) {
	l := start(t, loop.Options{})
	port := l.Port("one", 1)
	ran := make(chan bool, 1)
	if !port.TryPost(loop.Func(func() { port.TryPost(loop.Func(func() { ran <- true })) })) {
		t.Fatal("full")
	}
	await(t, ran)
}

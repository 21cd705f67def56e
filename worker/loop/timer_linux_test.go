package loop_test

import (
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/loop"
)

// expirer makes a function an Expirer.
type expirer func(*loop.Timer)

func (f expirer) Expire(t *loop.Timer) { f(t) }

func TestTimersFireInOrderAndNeverEarly(t *testing.T) {
	l := start(t, loop.Options{})
	const n = 200
	timers, at := make([]loop.Timer, n), make([]time.Time, n)
	var order []time.Time
	done := make(chan struct{})
	on(t, l, func() {
		r := rand.New(rand.NewPCG(7, 8))
		for i := range timers {
			at[i] = l.Now().Add(time.Duration(r.IntN(300)) * time.Millisecond)
			l.Arm(&timers[i], at[i], expirer(func(*loop.Timer) {
				if l.Now().Before(at[i]) {
					t.Errorf("%v early", at[i].Sub(l.Now()))
				}
				order = append(order, at[i])
				if len(order) == n {
					close(done)
				}
			}))
		}
	})
	await(t, done)
	for i := range order[1:] {
		if early := order[i].Sub(order[i+1]); early > 10*time.Millisecond {
			t.Errorf("expiry %d came before one that was due %v earlier", i, early)
		}
	}
}

func TestTimerMovedAndDisarmed(t *testing.T) {
	l := start(t, loop.Options{})
	fired := make(chan string, 10)
	report := func(name string) expirer { return func(*loop.Timer) { fired <- name } }
	var moved, disarmed, brought, last, days loop.Timer
	on(t, l, func() {
		in := func(d time.Duration) time.Time { return l.Now().Add(d) }
		l.Arm(&days, in(100*24*time.Hour), report("days"))
		l.Arm(&moved, in(10*time.Millisecond), report("too soon"))
		l.Arm(&moved, in(60*time.Millisecond), report("moved"))
		l.Arm(&disarmed, in(20*time.Millisecond), report("disarmed"))
		l.Disarm(&disarmed)
		l.Disarm(&disarmed)
		l.Arm(&brought, in(time.Hour), report("too late"))
		l.Arm(&brought, in(30*time.Millisecond), report("brought forward"))
		l.Arm(&last, in(100*time.Millisecond), report("last"))
	})
	for _, want := range []string{"brought forward", "moved", "last"} {
		if s := await(t, fired); s != want {
			t.Errorf("%q fired, want %q", s, want)
		}
	}
	on(t, l, func() {
		if moved.Armed() || disarmed.Armed() || !days.Armed() {
			t.Error("wrong timers are armed")
		}
	})
}

// All of one batch: the first to expire disarms the second, moves the third, frees and re-arms itself.
func TestExpireMayTouchOthersOfItsBatch(t *testing.T) {
	l := start(t, loop.Options{})
	fired := make(chan string, 10)
	var first, second, third, fourth loop.Timer
	again := expirer(func(*loop.Timer) { fired <- "again" })
	on(t, l, func() {
		at := l.Now().Add(20 * time.Millisecond)
		l.Arm(&first, at, expirer(func(tm *loop.Timer) {
			if tm != &first || tm.Armed() {
				t.Error("not the timer, or still armed")
			}
			l.Disarm(&second)
			l.Arm(&third, l.Now(), again)
			l.Arm(tm, l.Now().Add(30*time.Millisecond), again)
			fired <- "first"
		}))
		l.Arm(&second, at, expirer(func(*loop.Timer) { fired <- "second" }))
		l.Arm(&third, at, expirer(func(*loop.Timer) { fired <- "third" }))
		l.Arm(&fourth, at, expirer(func(*loop.Timer) { fired <- "fourth" }))
	})
	for _, want := range []string{"first", "fourth", "again", "again"} {
		if s := await(t, fired); s != want {
			t.Errorf("%q fired, want %q", s, want)
		}
	}
}

// A timer that always re-arms itself for now must not keep the loop from anything else.
func TestTimerForNowLeavesRoom(t *testing.T) {
	l := start(t, loop.Options{})
	fd, peer := pair(t)
	attach(t, l, fd, &handler{data: echo})
	var timer loop.Timer
	var again expirer
	again = func(tm *loop.Timer) { l.Arm(tm, l.Now(), again) }
	on(t, l, func() { l.Arm(&timer, l.Now(), again) })
	for range 20 {
		n, err := peer.Write([]byte("x"))
		must(t, n, err)
		n, err = io.ReadFull(peer, make([]byte, 1))
		must(t, n, err)
	}
}

// After the process has been stopped for a while, answers that arrived meanwhile count before deadlines that passed meanwhile, for
// more connections than one look at the sockets reports.
func TestInputBeforeTimers(t *testing.T) {
	l := start(t, loop.Options{})
	const n = 1500
	timers := make([]loop.Timer, n)
	timedOut, answered := 0, 0
	done := make(chan struct{})
	peers := make([]net.Conn, n)
	for i := range n {
		var fd int
		fd, peers[i] = pair(t)
		attach(t, l, fd, &handler{data: func(*loop.Conn, []byte) {
			l.Disarm(&timers[i])
			if answered++; answered == n {
				close(done)
			}
		}})
	}
	release := hold(t, l)
	l.Post(loop.Func(func() {
		for i := range timers {
			l.Arm(&timers[i], l.Now(), expirer(func(*loop.Timer) { timedOut++ }))
		}
		<-time.After(30 * time.Millisecond) // the loop is starved until all of them are due
	}))
	for _, p := range peers {
		m, err := p.Write([]byte("pong"))
		must(t, m, err)
	}
	release()
	await(t, done)
	on(t, l, func() {
		if timedOut > 0 {
			t.Errorf("%d of %d timed out with their answer in the socket", timedOut, n)
		}
	})
}

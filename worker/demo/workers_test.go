package demo_test

import (
	"slices"
	"testing"

	"github.com/ioserver/ioserver/worker/demo"
)

// The people of a worker that died go when the table has another process in
// its slot, and the picture shows it dark and then with its new process.
func TestDeathInTheTable(t *testing.T) {
	c := newCluster(t)
	zero, one := c.start(0), c.start(1)
	a, b := zero.connect(), one.connect()
	a.enter("a", "lobby")
	b.enter("b", "lobby")
	a.until("b is there", func() bool { return a.present("b", 1) })
	a.until("both in the picture", func() bool {
		return slices.Equal(a.tiles, []tile{{Slot: 0, PID: zero.pid, Up: true}, {Slot: 1, PID: one.pid, Up: true}})
	})
	one.kill()
	c.set(demo.Worker{Slot: 1})
	a.until("it is dark", func() bool { return len(a.tiles) == 2 && !a.tiles[1].Up })
	a.until("b has gone", func() bool { return !a.present("b", 1) })
	again := c.start(1)
	a.until("its successor is there", func() bool { return a.tiles[1] == tile{Slot: 1, PID: again.pid, Up: true} })
}

// Without a table they go when the successor speaks.
func TestSuccessorSpeaks(t *testing.T) {
	c := newCluster(t)
	alone := func(o *demo.Options) { o.Workers = nil }
	zero, one := c.start(0, alone), c.start(1, alone)
	a, b := zero.connect(), one.connect()
	a.enter("a", "lobby")
	b.enter("b", "lobby")
	a.until("b is there", func() bool { return a.present("b", 1) })
	one.kill()
	again := c.start(1, alone)
	a.until("b has gone", func() bool { return !a.present("b", 1) })
	a.until("the picture has the successor", func() bool {
		return len(a.tiles) == 2 && a.tiles[1].PID == again.pid
	})
	back := again.connect()
	back.enter("b", "lobby")
	a.until("b is back", func() bool { return a.present("b", 1) })
	back.until("a is known", func() bool { return back.present("a", 0) })
}

// Nor a successor: they go when nothing has been heard for a while.
func TestSilence(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the announcements to cease")
	}
	c := newCluster(t)
	alone := func(o *demo.Options) { o.Workers = nil }
	zero, one := c.start(0, alone), c.start(1, alone)
	a, b := zero.connect(), one.connect()
	a.enter("a", "lobby")
	b.enter("b", "lobby")
	a.until("b is there", func() bool { return a.present("b", 1) })
	one.kill()
	a.until("b has gone", func() bool { return !a.present("b", 1) })
}

// What a worker could not hear while it was cut off it hears afterwards.
func TestInterruption(t *testing.T) {
	c := newCluster(t)
	zero, one := c.start(0), c.start(1)
	a, b := zero.connect(), one.connect()
	a.enter("a", "lobby")
	b.enter("b", "lobby")
	a.until("b is there", func() bool { return a.present("b", 1) })
	one.bus.Interrupt()
	a.say("1")
	b.say("2")
	one.bus.Restore()
	a.heard(2)
	b.heard(2)
	fresh := zero.connect()
	if got := texts(fresh.enter("c", "lobby").Messages); !slices.Equal(got, []string{"1", "2"}) && !slices.Equal(got, []string{"2", "1"}) {
		t.Errorf("the history is %q", got)
	}
	b.until("c is seen", func() bool { return b.present("c", 0) })
}

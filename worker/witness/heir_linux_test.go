package witness_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass/estate"
	"github.com/ioserver/ioserver/worker/witness"
)

// slot is where one worker follows the other.
type slot struct {
	bus    *bus
	memory *os.File
	life   uint64
}

func (b *bus) slot() *slot {
	b.t.Helper()
	f, err := estate.New()
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = f.Close() })
	return &slot{bus: b, memory: f}
}

// next is the slot's next worker.
func (s *slot) next(with ...func(*witness.Options)) *worker {
	s.bus.t.Helper()
	s.life++
	fd, err := unix.FcntlInt(s.memory.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		s.bus.t.Fatal(err)
	}
	e, left, err := estate.Open(os.NewFile(uintptr(fd), "estate"), s.life)
	if err != nil {
		s.bus.t.Fatal(err)
	}
	return s.bus.worker(1, 0, append(with, func(o *witness.Options) {
		o.Self.Life, o.Estate, o.Left = s.life, e, left
	})...)
}

// empty checks that nothing is left for the one after.
func (s *slot) empty() {
	s.bus.t.Helper()
	w := s.next()
	for w.Stats().Owed > 0 {
		s.bus.t.Fatal("something is owed")
	}
	w.owes(7777, 7778)
	w.end()
	w = s.next()
	until(s.bus.t, "no more than that is told", func() bool { return w.Stats().Told == 1 })
	w.end()
}

func (b *bus) told(want int) {
	b.t.Helper()
	if different, all := b.said.count(); different != want || all != want {
		b.t.Errorf("%d told, %d different, want %d", all, different, want)
	}
}

// What a worker without any other owed is told by its successor, once.
func TestSuccessorTells(t *testing.T) {
	b := newBus(t)
	s := b.slot()
	first := s.next()
	first.owes(0, 3000)
	for i := range 1000 {
		first.Settled(fmt.Sprint("id", i))
	}
	first.end()
	second := s.next()
	second.owes(5000, 5001) // its own
	until(t, "all is told", func() bool { return second.Stats().Told == 2000 })
	b.told(2000)
	second.Settled("id5000")
	second.end()
	s.empty()
	b.told(2001)
}

// Where the witness died too, it is the successor that tells.
func TestWitnessDiesToo(t *testing.T) {
	b := newBus(t)
	s := b.slot()
	ward, x := s.next(), b.worker(1, 1)
	ward.owes(0, 100)
	meet(ward, x)
	until(t, "it is kept", func() bool { return ward.Stats().Witnessed && x.Stats().Kept == 100 })
	ward.end()
	x.end()
	y := b.worker(1, 2)
	y.Member(ward.member, false)
	y.Member(x.member, false)
	next := s.next()
	meet(next, y)
	until(t, "all is told", func() bool { return next.Stats().Told == 100 })
	b.told(100)
	next.end()
	s.empty()
}

// Where it lives it has its word, whenever it hears of the death, and the
// successor says nothing.
func TestWitnessLives(t *testing.T) {
	b := newBus(t)
	s := b.slot()
	slowly := func(o *witness.Options) { o.Beat = time.Second } // a patient heir
	ward, x := s.next(), b.worker(1, 1, slowly)
	ward.owes(0, 100)
	meet(ward, x)
	until(t, "it is kept", func() bool { return ward.Stats().Witnessed && x.Stats().Kept == 100 })
	ward.end()
	next := s.next(slowly)
	next.owes(1000, 1010)
	meet(next, x)
	until(t, "the next has been heard", func() bool { return x.Stats().Kept == 110 && next.Stats().Witnessed })
	x.Member(ward.member, false)
	until(t, "all is told", func() bool { return x.Stats().Told == 100 })
	next.end()
	x.Member(next.member, false)
	until(t, "that of the next too", func() bool { return x.Stats().Told == 110 })
	last := s.next(slowly)
	meet(last, x)
	until(t, "nothing is left", func() bool { return x.Stats().Wards == 1 && last.Stats().Left == 0 })
	b.told(110)
}

// A witness that has not heard anything leaves it to the successor at once.
func TestWitnessKnowsNothing(t *testing.T) {
	b := newBus(t)
	s := b.slot()
	ward := s.next()
	ward.owes(0, 10)
	x := b.worker(1, 1)
	ward.Member(x.member, true) // chosen, and not there any more before it has heard all
	until(t, "it is chosen", func() bool { return ward.Stats().Witnessed })
	ward.end()
	x.end()
	again := b.worker(1, 1) // by the same name, as one would be that has forgotten it
	next := s.next()
	meet(next, again)
	until(t, "all is told", func() bool { return next.Stats().Told == 10 })
	b.told(10)
}

// What a successor did not come to tell, the one after it does.
func TestSuccessorDiesToo(t *testing.T) {
	b := newBus(t)
	s := b.slot()
	first := s.next()
	first.owes(0, 10)
	first.end()
	asked := make(chan struct{}, 10)
	second := s.next(func(o *witness.Options) {
		tell := o.Tell
		o.Tell = func(ctx context.Context, f []byte) error {
			asked <- struct{}{}
			if string(f) == "farewell 3" {
				return tell(ctx, f)
			}
			<-ctx.Done()
			return ctx.Err()
		}
	})
	for range 10 {
		<-asked
	}
	until(t, "one is told", func() bool { return second.Stats().Told == 1 })
	second.end()
	third := s.next()
	until(t, "the others are", func() bool { return third.Stats().Told == 9 })
	b.told(10)
}

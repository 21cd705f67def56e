package turnstile

import (
	"encoding/binary"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func newBoard(t *testing.T, slots int) *Board {
	t.Helper()
	b, err := New(slots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// theirs is the board as a child has it.
func theirs(t *testing.T, b *Board) *Board {
	t.Helper()
	fd, err := unix.FcntlInt(uintptr(b.Descriptor()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Open(fd, b.slots)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Error(err)
		}
	})
	return other
}

func (b *Board) all(t *testing.T, slot int) (events []Event) {
	t.Helper()
	if !b.Read(slot, func(e Event) { events = append(events, e) }) {
		t.Error("something in it could not be")
	}
	return events
}

// What a worker notes arrives once, in order, in its own slot.
func TestEventsArrive(t *testing.T) {
	ours := newBoard(t, 3)
	w := theirs(t, ours).Writer(2)
	want := []Event{{Taken, 0, 1}, {Handed, 1, 1<<64 - 1}, {Lost, 255, 0}, {Ended, 0, 7}}
	for _, e := range want {
		w.Note(e)
	}
	if len(ours.all(t, 0))+len(ours.all(t, 1)) != 0 {
		t.Error("events of nobody")
	}
	got := ours.all(t, 2)
	if len(got) != len(want) {
		t.Fatalf("%v, want %v", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, want %v", got[i], want[i])
		}
	}
	if again := ours.all(t, 2); len(again) > 0 {
		t.Errorf("again: %v", again)
	}
}

// What finds the ring full waits, and keeps its order; a ring goes round for ever; a successor goes on behind its predecessor.
func TestFullRingKeepsItsOrder(t *testing.T) {
	ours := newBoard(t, 1)
	other := theirs(t, ours)
	w, next := other.Writer(0), uint64(0)
	const beyond = 1000
	for i := range uint64(Capacity + beyond) {
		w.Note(Event{Kind: Taken, Site: i})
	}
	if n := w.Flush(); n != beyond {
		t.Errorf("%d wait, want %d", n, beyond)
	}
	take := func(want int) {
		t.Helper()
		got := ours.all(t, 0)
		if len(got) != want {
			t.Errorf("%d events, want %d", len(got), want)
		}
		for _, e := range got {
			if e.Site != next {
				t.Fatalf("%d after %d", e.Site, next)
			}
			next++
		}
	}
	take(Capacity)
	w.Note(Event{Kind: Taken, Site: Capacity + beyond})
	take(beyond + 1)
	successor := other.Writer(0)
	for range 3 {
		for range Capacity {
			successor.Note(Event{Kind: Ended, Site: next + uint64(len(successor.backlog)) + successor.ring.head.Load() - successor.ring.tail.Load()})
		}
		take(Capacity)
	}
}

// Many goroutines of a worker note, while the master reads.
func TestNotesOfManyGoroutines(t *testing.T) {
	ours := newBoard(t, 1)
	w := theirs(t, ours).Writer(0)
	const goroutines, each = 8, 3 * Capacity / 8
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := range each {
				w.Note(Event{Kind: Taken, Site: uint64(g)<<32 | uint64(i)})
			}
		})
	}
	var seen [goroutines]uint32
	for total := 0; total < goroutines*each; {
		w.Flush()
		for _, e := range ours.all(t, 0) {
			total++
			if g := e.Site >> 32; uint32(e.Site) != seen[g] {
				t.Fatalf("goroutine %d: %d after %d", g, uint32(e.Site), seen[g])
			} else {
				seen[g]++
			}
		}
	}
	wg.Wait()
}

// Nothing that lies in a ring harms its reader.
func TestNonsenseIsSkipped(t *testing.T) {
	ours := newBoard(t, 1)
	w, r := ours.Writer(0), ours.ring(0)
	for _, c := range []cell{{0, 1}, {5, 1}, {uint64(Taken) | 1<<8, 1}, {uint64(Handed) | 1<<16, 1}} {
		w.Note(Event{Kind: Taken, Site: 8})
		r.cells[(r.head.Load()-1)%Capacity] = c
		w.Note(Event{Kind: Taken, Site: 9})
		var got []Event
		if ours.Read(0, func(e Event) { got = append(got, e) }) || len(got) != 1 || got[0].Site != 9 {
			t.Errorf("%v: %v", c, got)
		}
	}
	r.head.Store(r.tail.Load() - 1)
	if ours.Read(0, func(e Event) { t.Error(e) }) {
		t.Error("a head behind the tail is taken for sound")
	}
	w.Note(Event{Kind: Taken, Site: 3})
	if got := ours.all(t, 0); len(got) != 1 || got[0].Site != 3 {
		t.Errorf("afterwards: %v", got)
	}
}

func TestOpenRefusesOthers(t *testing.T) {
	memory := func(seals int, content []byte) int {
		fd, err := unix.MemfdCreate("test", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unix.Write(fd, content); err != nil {
			t.Fatal(err)
		}
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
			t.Fatal(err)
		}
		return fd
	}
	const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW
	board := newBoard(t, 1)
	valid := append([]byte(nil), board.mem...)
	layout := append([]byte(nil), valid...)
	binary.NativeEndian.PutUint32(layout[8:], 99)
	for _, c := range []struct {
		name  string
		fd    int
		slots int
		want  string
	}{
		{"none", -1, 1, "none inherited"},
		{"not sealed", memory(0, valid), 1, "not sealed"},
		{"too short", memory(seals, valid[:4096]), 1, "4096 bytes, want"},
		{"nothing in it", memory(seals, make([]byte, len(valid))), 1, "another memory"},
		{"another layout", memory(seals, layout), 1, "layout 99"},
		{"more slots", memory(seals, valid), 2, "bytes, want"},
		{"too many slots", memory(seals, valid), 257, "257 slots"},
		{"no slots", memory(seals, valid), 0, "0 slots"},
	} {
		if b, err := Open(c.fd, c.slots); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", c.name, b, err)
		}
	}
	if _, err := New(257); err == nil {
		t.Error("257 slots")
	}
	if unix.Ftruncate(board.Descriptor(), 4096) == nil {
		t.Error("a board may shrink")
	}
}

func BenchmarkNote(b *testing.B) {
	board, err := New(1)
	if err != nil {
		b.Fatal(err)
	}
	defer board.Close()
	w, n := board.Writer(0), 0
	b.ReportAllocs()
	for b.Loop() {
		w.Note(Event{Kind: Taken, Site: 1})
		if n++; n == Capacity {
			board.Read(0, func(Event) {})
			n = 0
		}
	}
}

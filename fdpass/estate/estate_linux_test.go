package estate_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass/estate"
)

// memory is the master's end.
func memory(t testing.TB) *os.File {
	t.Helper()
	f, err := estate.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// inherit opens it as a worker does. Closing is what is left of the worker's death.
func inherit(t testing.TB, f *os.File, life uint64) (*estate.Estate, []estate.Legacy) {
	t.Helper()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	e, left, err := estate.Open(os.NewFile(uintptr(fd), "estate"), life)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, left
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// told are a legacy's entries, sorted.
func told(l estate.Legacy) (all []string) {
	for _, e := range l.Entries {
		all = append(all, fmt.Sprintf("%s %d %s", e.ID, e.Number, e.Farewell))
	}
	slices.Sort(all)
	return all
}

// What is owed is found by the next, and by the one after it, until it is settled; so is who else knows.
func TestLeft(t *testing.T) {
	f := memory(t)
	first, left := inherit(t, f, 1)
	if len(left) != 0 {
		t.Fatalf("%v", left)
	}
	long := strings.Repeat("x", estate.MaxFarewell)
	must(t, first.Owe(estate.Entry{ID: "a", Number: 1, Farewell: []byte("bye a")}))
	must(t, first.Owe(estate.Entry{ID: "b", Number: 2, Farewell: []byte("bye b")}))
	must(t, first.Owe(estate.Entry{ID: "c", Number: 3, Farewell: []byte(long)}))
	must(t, first.Owe(estate.Entry{ID: "a", Number: 4, Farewell: []byte("bye again")}))
	must(t, first.Settle("b"))
	must(t, first.Settle("nobody"))
	witness := estate.Witness{Place: estate.Place{Boot: 9, Slot: 3, Life: 8}, Whole: true}
	must(t, first.SetWitness(witness))
	must(t, first.Close())

	second, left := inherit(t, f, 2)
	want := []string{"a 4 bye again", "c 3 " + long}
	if len(left) != 1 || left[0].Life != 1 || left[0].Witness != witness || !slices.Equal(told(left[0]), want) {
		t.Fatalf("%.200v", left)
	}
	must(t, second.Owe(estate.Entry{ID: "a", Number: 1, Farewell: []byte("mine")}))
	must(t, second.Forget(1, "c"))
	must(t, second.Close())

	third, left := inherit(t, f, 3)
	slices.SortFunc(left, func(a, b estate.Legacy) int { return int(a.Life) - int(b.Life) })
	if len(left) != 2 || !slices.Equal(told(left[0]), want[:1]) || left[0].Witness != witness ||
		left[1].Life != 2 || !slices.Equal(told(left[1]), []string{"a 1 mine"}) || left[1].Witness != (estate.Witness{}) {
		t.Fatalf("%v", left)
	}
	must(t, third.Forget(1, "a"))
	must(t, third.Forget(2, "a"))
	if _, left := inherit(t, f, 4); len(left) != 0 {
		t.Errorf("%v", left)
	}
}

// A worker may be killed at any byte of what it writes: what is not whole is not there, and all else is.
func TestTorn(t *testing.T) {
	f := memory(t)
	e, _ := inherit(t, f, 1)
	must(t, e.SetWitness(estate.Witness{Place: estate.Place{Boot: 1, Slot: 1, Life: 1}}))
	must(t, e.Owe(estate.Entry{ID: "whole", Number: 1, Farewell: []byte("bye")}))
	before := size(t, f)
	must(t, e.Owe(estate.Entry{ID: "torn", Number: 2, Farewell: bytes.Repeat([]byte("y"), 300)}))
	content := make([]byte, size(t, f))
	if _, err := f.ReadAt(content, 0); err != nil {
		t.Fatal(err)
	}
	for n := before; n < int64(len(content)); n++ {
		torn := memory(t)
		_, err := torn.WriteAt(content[:n], 0)
		must(t, err)
		e, left := inherit(t, torn, 2)
		if len(left) != 1 || !slices.Equal(told(left[0]), []string{"whole 1 bye"}) {
			t.Fatalf("%d bytes: %v", n, left)
		}
		must(t, e.Owe(estate.Entry{ID: "next", Number: 1, Farewell: []byte("mine")}))
		if _, left := inherit(t, torn, 3); len(left) != 2 {
			t.Fatalf("%d bytes, and then: %v", n, left)
		}
		must(t, torn.Close())
		must(t, e.Close())
	}
}

// A worker that is killed as it replaces an entry leaves two: the later holds.
func TestReplacedHalfway(t *testing.T) {
	f := memory(t)
	e, _ := inherit(t, f, 1)
	must(t, e.Owe(estate.Entry{ID: "a", Number: 1, Farewell: []byte("first")}))
	at := size(t, f) - int64(len("a")+len("first")) - 28
	must(t, e.Owe(estate.Entry{ID: "a", Number: 2, Farewell: []byte("second")}))
	_, err := f.WriteAt([]byte{1}, at) // the first is not settled yet
	must(t, err)
	for life := range uint64(3) {
		_, left := inherit(t, f, 2+life)
		if len(left) != 1 || !slices.Equal(told(left[0]), []string{"a 2 second"}) {
			t.Fatalf("%v", left)
		}
	}
}

// Space is used again, and given back.
func TestSpace(t *testing.T) {
	f := memory(t)
	e, _ := inherit(t, f, 1)
	owe := func(i, length int) {
		must(t, e.Owe(estate.Entry{ID: fmt.Sprint(i), Number: uint64(i), Farewell: make([]byte, length)}))
	}
	for i := range 1000 {
		owe(i, 3000)
	}
	most := size(t, f)
	for i := range 20_000 {
		must(t, e.Settle(fmt.Sprint(i%1000)))
		owe(i%1000, 2500+i%900)
	}
	if now := size(t, f); now > most+4096 {
		t.Errorf("%d bytes, %d before", now, most)
	}
	for i := range 1000 {
		must(t, e.Settle(fmt.Sprint(i)))
	}
	if now := size(t, f); now > 1<<20 {
		t.Errorf("%d bytes for nothing", now)
	}
	owe(1, 10)
	if _, left := inherit(t, f, 2); len(left) != 1 || len(left[0].Entries) != 1 {
		t.Errorf("%v", left)
	}
}

func size(t testing.TB, f *os.File) int64 {
	t.Helper()
	info, err := f.Stat()
	must(t, err)
	return info.Size()
}

// What has no room is refused; what is there stays.
func TestFull(t *testing.T) {
	f := memory(t)
	e, _ := inherit(t, f, 1)
	for name, entry := range map[string]estate.Entry{
		"id":       {ID: strings.Repeat("x", estate.MaxID+1)},
		"farewell": {ID: "a", Farewell: make([]byte, estate.MaxFarewell+1)},
	} {
		if err := e.Owe(entry); !errors.Is(err, estate.ErrFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
	large, n := make([]byte, estate.MaxFarewell), 0
	var err error
	for ; err == nil && n < 10_000; n++ {
		err = e.Owe(estate.Entry{ID: fmt.Sprint(n), Number: uint64(n), Farewell: large})
	}
	if !errors.Is(err, estate.ErrFull) || size(t, f) > estate.MaxBytes {
		t.Fatalf("%v after %d, %d bytes", err, n, size(t, f))
	}
	must(t, e.Settle("0"))
	must(t, e.Owe(estate.Entry{ID: "last", Farewell: large}))
	if err := e.Owe(estate.Entry{ID: "too many", Farewell: large}); !errors.Is(err, estate.ErrFull) {
		t.Error(err)
	}
}

// More lives than there are rows leave what they owe all the same.
func TestManyLives(t *testing.T) {
	f := memory(t)
	for life := range uint64(40) {
		e, left := inherit(t, f, life+1)
		if len(left) != int(life) {
			t.Fatalf("%d have left something, want %d", len(left), life)
		}
		must(t, e.Owe(estate.Entry{ID: "a", Farewell: []byte("bye")}))
		must(t, e.Close())
	}
}

// A server that notes nothing has no estate.
func TestNone(t *testing.T) {
	var e *estate.Estate
	must(t, e.Owe(estate.Entry{ID: "a"}))
	must(t, e.Settle("a"))
	must(t, e.Forget(1, "a"))
	must(t, e.SetWitness(estate.Witness{}))
	must(t, e.Close())
}

// Whatever the memory holds, it is opened and used.
func FuzzOpen(f *testing.F) {
	seed := memory(f)
	e, _ := inherit(f, seed, 1)
	must(f, e.SetWitness(estate.Witness{Place: estate.Place{Boot: 1, Slot: 1, Life: 1}}))
	must(f, e.Owe(estate.Entry{ID: "a", Number: 1, Farewell: []byte("bye")}))
	must(f, e.Owe(estate.Entry{ID: "b", Number: 2, Farewell: make([]byte, 200)}))
	content := make([]byte, size(f, seed))
	if _, err := seed.ReadAt(content, 0); err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add(content[:4200])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, content []byte) {
		m := memory(t)
		_, err := m.WriteAt(content, 0)
		must(t, err)
		e, left := inherit(t, m, 77)
		for _, l := range left {
			for _, entry := range l.Entries {
				must(t, e.Forget(l.Life, entry.ID))
			}
		}
		must(t, e.Owe(estate.Entry{ID: "mine", Number: 5, Farewell: []byte("bye")}))
		must(t, e.Close())
		_, left = inherit(t, m, 78)
		if len(left) != 1 || left[0].Life != 77 || !slices.Equal(told(left[0]), []string{"mine 5 bye"}) {
			t.Fatalf("%v", left)
		}
	})
}

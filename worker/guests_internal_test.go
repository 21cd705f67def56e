package worker

import (
	"testing"

	"github.com/ioserver/ioserver/fdpass/turnstile"
)

func newGuests(t *testing.T) (g *guests, held func() int) {
	t.Helper()
	board, err := turnstile.New(1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { board.Close() })
	n := 0
	return &guests{notes: board.Writer(0)}, func() int {
		board.Read(0, func(e turnstile.Event) {
			switch e.Kind {
			case turnstile.Taken:
				n++
			case turnstile.Ended, turnstile.Handed:
				n--
			}
		})
		return n
	}
}

// A descriptor that comes again, though nobody said that its connection had ended, is another connection's.
func TestReusedDescriptorEndsItsLastGuest(t *testing.T) {
	g, held := newGuests(t)
	g.came(5, 1)
	g.came(5, 2)
	g.came(700, 3)
	if n := held(); n != 2 {
		t.Errorf("%d held", n)
	}
	g.moved(700, 5)
	if n := held(); n != 1 {
		t.Errorf("%d held after one moved over another", n)
	}
	for _, fd := range []int{-1, 700, 6, 1 << 20} { // nobody's
		g.closing(fd)
		g.moved(fd, 8)
		if _, counted := g.handing(fd, 0); counted {
			t.Errorf("handed over %d", fd)
		}
	}
	if site, counted := g.handing(5, 0); !counted || site != 3 {
		t.Errorf("site %d, %v", site, counted)
	}
	g.closing(5) // the descriptor that was handed over is closed here
	if n := held(); n != 0 {
		t.Errorf("%d held at the end", n)
	}
}

// Where nothing is counted, nothing is noted.
func TestNoGuests(t *testing.T) {
	var g *guests
	g.came(5, 1)
	g.closing(5)
	g.flush()
	if _, counted := g.handing(5, 1); counted {
		t.Error("counted")
	}
}

func BenchmarkGuest(b *testing.B) {
	board, err := turnstile.New(1)
	if err != nil {
		b.Fatal(err)
	}
	defer board.Close()
	g, n := &guests{notes: board.Writer(0)}, 0
	b.ReportAllocs()
	for b.Loop() {
		g.came(5, 1)
		g.moved(5, 6)
		g.closing(6)
		if n += 2; n >= turnstile.Capacity {
			board.Read(0, func(turnstile.Event) {})
			n = 0
		}
	}
}

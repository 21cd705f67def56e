package worker

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

type gathered struct {
	gatherer
	limit atomic.Int64
	t     *testing.T
}

func newGathered(t *testing.T, limit int64) *gathered {
	g, refused := &gathered{t: t}, new(atomic.Uint64)
	g.limit.Store(limit)
	g.gatherer = newGatherer(&g.limit, refused)
	return g
}

const postHead = "\x02\x04\x00\x01x" // a POST to session x

func (g *gathered) add(from asker, number uint32, flags byte, b string) (whole string, refuse bool, err error) {
	x, refuse, err := g.gatherer.add(from, number, flags, []byte(b))
	if x != nil {
		whole = string(x.Body)
	}
	return whole, refuse, err
}

func (g *gathered) empty() {
	g.t.Helper()
	if len(g.partial) != 0 || g.bytes != 0 {
		g.t.Errorf("%d bytes of %d requests are left", g.bytes, len(g.partial))
	}
}

func TestGather(t *testing.T) {
	g := newGathered(t, 10)
	for i, p := range []struct {
		number uint32
		flags  byte
		b      string
		whole  string
	}{
		{0, firstPiece, postHead + "ab", ""}, {1, 0, "cd", ""}, {2, lastPiece, "ef", "abcdef"},
		{0, firstPiece | lastPiece, postHead + "0123456789", "0123456789"},
		{nextPiece, firstPiece, postHead, ""}, {nextPiece, 0, "x", ""}, {nextPiece, lastPiece, "y", "xy"},
	} {
		if whole, refuse, err := g.add(from, p.number, p.flags, p.b); whole != p.whole || refuse || err != nil {
			t.Errorf("piece %d: %q, %v, %v", i, whole, refuse, err)
		}
	}
	g.empty()
}

// A request of which a piece is missing, or that is too long, is given up, and its
// asker is told, once.
func TestGatherGivesUp(t *testing.T) {
	for name, test := range map[string]struct {
		number uint32
		flags  byte
		b      string
		refuse bool
	}{
		"a piece is missing":          {3, 0, "x", true},
		"a piece comes twice":         {1, 0, "x", true},
		"the last one is missing":     {3, lastPiece, "x", true},
		"too long":                    {2, 0, "0123456789", true},
		"too long, on a way in order": {nextPiece, 0, "0123456789", false}, // with the last piece
	} {
		g := newGathered(t, 10)
		g.add(from, 0, firstPiece, postHead+"a")
		g.add(from, 1, 0, "b")
		if whole, refuse, err := g.add(from, test.number, test.flags, test.b); whole != "" || refuse != test.refuse || !errors.Is(err, errBadPiece) {
			t.Errorf("%s: %q, %v, %v", name, whole, refuse, err)
		}
		g.empty()
		if _, refuse, _ := g.add(from, 9, 0, "x"); refuse {
			t.Errorf("%s: refused twice", name)
		}
		if _, refuse, _ := g.add(from, nextPiece, lastPiece, "x"); !refuse {
			t.Errorf("%s: nobody is told", name)
		}
	}
}

// What is arriving is bounded in number and in bytes.
func TestGatherBounds(t *testing.T) {
	g := newGathered(t, 32<<20)
	big := postHead + strings.Repeat("x", 16<<20)
	number := uint64(0)
	next := func(b string) (refuse bool, err error) {
		a := from
		number++
		a.id = number
		_, refuse, err = g.add(a, 0, firstPiece, b)
		return refuse, err
	}
	for g.bytes <= 128<<20 { // four of the largest
		if refuse, err := next(big); refuse || err != nil {
			t.Fatal(g.bytes, refuse, err)
		}
	}
	if refuse, err := next(postHead); !refuse || !errors.Is(err, errTooManyPartial) || len(g.partial) != 9 {
		t.Errorf("%v, %v, %d", refuse, err, len(g.partial))
	}
	g.forget(func(a asker) bool { return a.life <= from.life })
	g.empty()
	for range partialRequests {
		if refuse, err := next(postHead); refuse || err != nil {
			t.Fatal(refuse, err)
		}
	}
	if refuse, err := next(postHead); !refuse || !errors.Is(err, errTooManyPartial) {
		t.Errorf("%v, %v", refuse, err)
	}
}

package engineio_test

import (
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
)

// A message and its payload are one allocation up to what most have.
func TestRoom(t *testing.T) {
	for _, x := range []struct {
		size int
		most float64
	}{{0, 1}, {53, 1}, {54, 1}, {181, 1}, {182, 1}, {437, 1}, {438, 1}, {949, 1}, {950, 2}, {100_000, 2}} {
		text := strings.Repeat("x", x.size)
		if n := testing.AllocsPerRun(100, func() {
			m, buf := engineio.Room(x.size)
			buf = append(buf, text...)
			m.Fill(buf)
			if m.Len() != x.size || string(buf[engineio.Headroom:]) != text {
				t.Fatalf("%d bytes of %d", m.Len(), x.size)
			}
		}); n > x.most {
			t.Errorf("%d bytes: %v allocations", x.size, n)
		}
	}
}

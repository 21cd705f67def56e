package embedded_test

import (
	"io"
	"net"
	"sync"
	"testing"
)

// relay passes connections to its address on to the target, as a balancer or a
// container's published port does.
func relay(t *testing.T, target string) (address string, taken func() int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	n, open := 0, []net.Conn{}
	wg.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", target)
			if err != nil {
				in.Close()
				continue
			}
			mu.Lock()
			n++
			open = append(open, in, out)
			mu.Unlock()
			for _, pair := range [][2]net.Conn{{in, out}, {out, in}} {
				wg.Go(func() {
					io.Copy(pair[0], pair[1])
					pair[0].Close()
				})
			}
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return l.Addr().String(), func() int {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
}

// TestJoinsItselfUnawares: an address that leads back to the machine, though it
// is none of its own, is harmless: it is tried, nobody complains, and others join.
func TestJoinsItselfUnawares(t *testing.T) {
	t.Parallel()
	m := alone(t)
	address, taken := relay(t, m.address)
	m.Peering.Join = []string{address}
	m.start(t)
	other := alone(t).joins(m).start(t)
	eventually(t, "it has tried itself", func() bool { return taken() > 0 })
	m.joined(t, 1)
	other.joined(t, 1)
	whole(t, m, other)
	t.Logf("%d connections to itself", taken())
	for _, text := range []string{"is not joined", "turned away", "was refused"} {
		if n := m.log.times(text); n > 0 {
			t.Errorf("%d times %q", n, text)
		}
	}
}

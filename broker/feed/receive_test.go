package feed

import (
	"testing"

	"github.com/ioserver/ioserver/broker"
)

// FuzzReceive: whatever comes over the bus, in whatever order, nothing panics,
// blocks, or reaches the handler out of its origin's order.
func FuzzReceive(f *testing.F) {
	var all []byte
	for _, b := range frames() {
		f.Add(append([]byte{byte(len(b))}, b...))
		all = append(append(all, byte(len(b))), b...)
	}
	f.Add(all)
	f.Fuzz(func(t *testing.T, b []byte) {
		m := broker.NewHub().Connect()
		defer m.Close()
		x, err := New(m, Options{Cluster: "test", Origin: Origin{Life: 1}})
		if err != nil {
			t.Fatal(err)
		}
		x.in.join(1)
		x.in.complete(1, 1<<63|1)
		for len(b) > 0 {
			n := min(int(b[0]), len(b)-1)
			x.receive(broker.Message{Data: b[1 : 1+n]})
			b = b[1+n:]
		}
		x.in.tick()
		x.in.gap()
		x.in.retries()
		if n := len(x.in.peers); n > maxPeers {
			t.Errorf("%d peers", n)
		}
		x.Close()
	})
}

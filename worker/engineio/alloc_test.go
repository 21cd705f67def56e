//go:build !race

// The race detector makes a sync.Pool forget at random.

package engineio_test

import "testing"

// Neither a heartbeat nor the delivery of a message allocates.
func TestSteadyStateAllocations(t *testing.T) {
	for name, prepare := range map[string]func(testing.TB) func(){
		"server pings": serverPings,
		"client pings": clientPings,
		"delivery":     func(tb testing.TB) func() { return broadcast(tb, 50) },
	} {
		t.Run(name, func(t *testing.T) {
			if n := testing.AllocsPerRun(500, prepare(t)); n > 0 {
				t.Errorf("%v allocations", n)
			}
		})
	}
}

//go:build !race

// The race detector makes a sync.Pool forget at random.

package socketio_test

import (
	"math"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// What goes to other workers costs the packet, and what the feed keeps of it.
func TestPublishAllocations(t *testing.T) {
	const most = 3 // 2, and now and then what a pool does not have
	nodes := cluster(t, 1, func(*socketio.Server) {})
	args := &socketio.Args{JSON: []byte(`["hello"]`)}
	for range 70_000 { // the feed's ring is full, and grows no more
		_ = nodes[0].Of("/").To("a room").Emit("m", args)
	}
	for name, to := range map[string]socketio.Broadcast{
		"room":  nodes[0].Of("/").To("a room"),
		"rooms": nodes[0].Of("/").To("a room", "another", "a third"),
		"all":   nodes[0].Of("/").Except(),
	} {
		n := math.Inf(1)
		for range 10 { // a loop that is behind holds what the pools would have: never in all rounds
			if n = min(n, testing.AllocsPerRun(2000, func() {
				if err := to.Emit("m", args); err != nil {
					t.Fatal(err)
				}
			})); n <= most {
				break
			}
		}
		if n > most {
			t.Errorf("%s: %v allocations, want %d at the most", name, n, most)
		}
	}
}

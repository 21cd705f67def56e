package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/driver"
)

const matrixTimeout = 90 * time.Second

// byAddress is the default way to choose a worker; the clients of the matrix
// come from an address each.
var byAddress = &config{name: "by remote address"}

func init() { byAddress.Workers = 8 }

// TestMatrix has every version of the official client, by polling, by WebSocket
// and with an upgrade, do everything that a client does, and talk to the others.
func TestMatrix(t *testing.T) {
	for _, c := range []struct {
		on      *config
		workers int // that hold clients, at least
	}{{byAddress, 2}, {plain, 8}} {
		t.Run(c.on.name, func(t *testing.T) {
			t.Parallel()
			s := servers.get(t, *against, c.on)
			ctx, cancel := context.WithTimeout(t.Context(), matrixTimeout)
			defer cancel()
			var outcome struct {
				Results []driver.Result
				Workers map[string]struct{ Slot, PID int }
			}
			if err := driver.Run(ctx, ".", "matrix.mjs", map[string]any{"url": s.URL()}, &outcome); err != nil {
				t.Fatal(err)
			}
			driver.Report(t, outcome.Results)
			slots, processes := map[int]bool{}, map[int]bool{}
			for _, w := range outcome.Workers {
				slots[w.Slot], processes[w.PID] = true, true
			}
			t.Logf("clients on %d slots, %d processes", len(slots), len(processes))
			if *against == "ioserver" && (len(slots) < c.workers || len(processes) != len(slots)) {
				t.Errorf("clients are on %d slots and %d processes; wanted %d slots or more", len(slots), len(processes), c.workers)
			}
		})
	}
}

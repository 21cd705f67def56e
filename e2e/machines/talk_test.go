package machines

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/driver"
)

// Official clients: one of each version and mode on each host.
const (
	versions = 12
	talkTime = 3 * time.Minute // for all that they have to say
)

// TestOfficialClientsOnThreeMachines has official clients of three machines talk
// to everybody, to rooms and to one another, and acknowledge: everything arrives
// where it should, once and in its sender's order.
func TestOfficialClientsOnThreeMachines(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everyServer)
	urls, addresses := w.clients()
	var outcome struct{ Results []driver.Result }
	input := map[string]any{"urls": urls, "addresses": addresses}
	if err := driver.Run(within(t, talkTime), ".", "talk.mjs", input, &outcome); err != nil {
		t.Fatal(err)
	}
	driver.Report(t, outcome.Results)
}

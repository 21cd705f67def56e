package machines

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ioserver/ioserver/e2e/driver"
)

// TestJoinHereThenPublishThereAtOnce publishes to a room from another machine,
// on another NATS server, in the moment in which a join is acknowledged, 2,000
// times, each in a room of its own: every message arrives.
func TestJoinHereThenPublishThereAtOnce(t *testing.T) {
	t.Parallel()
	joinHerePublishThere(t, newWorld(t, ownServer))
}

// TestOfficialClientsJoin is that with official clients of every version and mode.
func TestOfficialClientsJoin(t *testing.T) {
	t.Parallel()
	officialJoins(t, newWorld(t, ownServer))
}

// TestOfficialClientsJoinOnOneBinary likewise, without a NATS server of anybody
// else's.
func TestOfficialClientsJoinOnOneBinary(t *testing.T) {
	t.Parallel()
	officialJoins(t, newEmbeddedWorld(t, secretFile(t, "a secret of three machines"), [3]int{1, 0, 2}))
}

func officialJoins(t *testing.T, w *world) {
	t.Helper()
	for _, h := range w.hosts {
		h.awaitStatus("three NATS servers serve", func(s status) bool { return s.servers() == 3 })
	}
	var outcome struct {
		Results []driver.Result
		Joins   int
	}
	const rounds = 2000
	urls, addresses := w.clients()
	input := map[string]any{"urls": urls, "addresses": addresses, "rounds": rounds}
	if err := driver.Run(within(t, talkTime), ".", "joins.mjs", input, &outcome); err != nil {
		t.Fatal(err)
	}
	driver.Report(t, outcome.Results)
	if outcome.Joins != rounds {
		t.Errorf("%d joins of %d", outcome.Joins, rounds)
	}
	unconfirmed := 0
	for _, h := range w.hosts {
		unconfirmed += h.metric("ioserver_bus_joins_unconfirmed_total")
	}
	if unconfirmed > 0 {
		t.Errorf("%d joins ended before they were confirmed", unconfirmed)
	}
}

func joinHerePublishThere(t *testing.T, w *world) {
	t.Helper()
	for _, h := range w.hosts {
		h.awaitStatus("three NATS servers serve", func(s status) bool { return s.servers() == 3 })
	}
	const pairs = 10
	rounds := 2000
	if testing.Short() {
		rounds /= 10
	}
	var heard, lost atomic.Int64
	var wg sync.WaitGroup
	for pair := range pairs {
		listener := connect(t, w.Network, w.hosts[pair%3], websocket, 2*pair)
		speaker := connect(t, w.Network, w.hosts[(pair+1+pair/3%2)%3], websocket, 2*pair+1)
		wg.Go(func() {
			ctx := within(t, 2*patience)
			for r := range rounds / pairs {
				room := fmt.Sprintf("room %d of %d", r, pair)
				if _, err := listener.Ask(ctx, "join", room); err != nil {
					t.Error(err)
					return
				}
				to := map[string]any{"from": "server", "rooms": []string{room}}
				if _, err := speaker.Ask(ctx, "broadcast", to, "number", room, 1); err != nil {
					t.Error(err)
					return
				}
				if !listener.Heard(within(t, patience).Done(), room, 1) {
					lost.Add(1)
					t.Errorf("%s is lost from %s to %s", room, speaker.host.Name, listener.host.Name)
					return
				}
				if _, err := listener.Ask(ctx, "leave", room); err != nil {
					t.Error(err)
					return
				}
			}
			for _, f := range listener.Faults() {
				t.Error(f)
			}
			heard.Add(int64(listener.Total()))
		})
	}
	wg.Wait()
	if heard.Load() != int64(rounds) || lost.Load() > 0 {
		t.Errorf("heard %d of %d, lost %d", heard.Load(), rounds, lost.Load())
	}
}

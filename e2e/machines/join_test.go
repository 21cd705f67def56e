package machines

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/driver"
	"github.com/ioserver/ioserver/e2e/machines/network"
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
	rounds := 2000
	if testing.Short() {
		rounds /= 10
	}
	joinRounds(t, w.Network, w.hosts, rounds)
}

// TestJoinWhileAMachineIsLost: joins wait a moment for the server that is lost,
// but then not any more, and what is published behind them arrives.
func TestJoinWhileAMachineIsLost(t *testing.T) {
	for name, begin := range map[string]func(*testing.T) *world{
		"NATS servers": func(t *testing.T) *world { return newWorld(t, ownServer) },
		"one binary": func(t *testing.T) *world {
			return newEmbeddedWorld(t, secretFile(t, "a secret of three machines"), [3]int{0, 1, 2})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := begin(t)
			left, lost := w.hosts[:2], w.hosts[2]
			for _, h := range w.hosts {
				h.awaitStatus("three NATS servers serve", func(s status) bool { return s.servers() == 3 })
			}
			joinRounds(t, w.Network, left, 50)
			if w.nats != nil {
				if err := w.nats[2].Cut(); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(lost.Cut(), lost.Kill()); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			joinRounds(t, w.Network, left, 500)
			t.Logf("500 joins in %v from the loss on", time.Since(began).Round(100*time.Millisecond))
			for _, h := range left {
				h.awaitStatus("the machine is gone", func(s status) bool { return len(s.Nodes) == len(left) })
			}
			joinRounds(t, w.Network, left, 50)
			for _, h := range left {
				if n := h.metric("ioserver_bus_joins_unconfirmed_total"); n > 0 {
					t.Errorf("%d joins of %s ended before they were confirmed", n, h.Name)
				}
			}
		})
	}
}

// joinRounds has clients of each host join rooms, each of which another host's
// client speaks to at once.
func joinRounds(t *testing.T, n *network.Network, hosts []*host, rounds int) {
	t.Helper()
	const pairs = 10
	var heard, lost atomic.Int64
	var wg sync.WaitGroup
	for pair := range pairs {
		there := pair + 1 + pair/len(hosts)%(len(hosts)-1)
		listener := connect(t, n, hosts[pair%len(hosts)], websocket, 2*pair)
		speaker := connect(t, n, hosts[there%len(hosts)], websocket, 2*pair+1)
		wg.Go(func() {
			ctx := within(t, 2*patience)
			for r := range rounds / pairs {
				room := fmt.Sprintf("room %d of %s", r, listener.ID)
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

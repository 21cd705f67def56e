package cluster

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// oneEach connects a WebSocket client in every slot.
func oneEach(t *testing.T, n *node.Node) []*member {
	t.Helper()
	members := make([]*member, workers)
	for slot, from := range bySlot(t, n) {
		ledger := crowd.NewLedger()
		c := dial(t, crowd.Options{Kind: websocket, Server: n.Addr, From: from, Event: ledger.Event})
		members[slot] = &member{c, ledger, whereIs(t, c)}
	}
	return members
}

// tell has the member's worker broadcast a number to a room.
func tell(t *testing.T, m *member, room, sender string, number int) error {
	to := map[string]any{"from": "server", "rooms": []string{room}}
	_, err := m.Ask(t.Context(), "broadcast", to, crowd.Numbers, sender, number)
	return err
}

// strayMessages is what a worker may receive from the bus beside what a test
// sends.
const strayMessages = 50

// TestMessageToOneSocketGoesStraightHome sends to the id of a socket of another
// worker, and to a room that one worker has members in: the other workers
// receive nothing of it from the bus.
func TestMessageToOneSocketGoesStraightHome(t *testing.T) {
	t.Parallel()
	n := serve(t)
	members := oneEach(t, n)
	speaker, one, inRoom := members[0], members[5], members[6]
	if _, err := inRoom.Ask(within(t, patience), "join", "room"); err != nil {
		t.Fatal(err)
	}
	const messages = 1000
	for i := 1; i <= messages; i++ {
		if err := tell(t, speaker, one.ID, "one", i); err != nil {
			t.Fatal(err)
		}
		if err := tell(t, speaker, "room", "room", i); err != nil {
			t.Fatal(err)
		}
	}
	over := within(t, patience).Done()
	if !one.Await(over, "one", messages) || !inRoom.Await(over, "room", messages) {
		t.Errorf("lost %v and %v", one.Missing("one", messages), inRoom.Missing("room", messages))
	}
	stop(t, n)
	received := make([]int, workers)
	for slot := range workers {
		received[slot] = n.Counts()[slot].Int("bus_delivered")
		switch for_ := slot == one.Slot || slot == inRoom.Slot; {
		case for_ && received[slot] < messages:
			t.Errorf("slot %d received %d messages from the bus", slot, received[slot])
		case !for_ && received[slot] > strayMessages:
			t.Errorf("slot %d received %d messages that were not for it", slot, received[slot])
		}
	}
	t.Logf("%d messages to a socket in slot %d, %d to a room in slot %d; received from the bus: %v", messages, one.Slot, messages, inRoom.Slot, received)
	for _, m := range members {
		if m != one && m != inRoom && m.Total() > 0 || len(m.Faults()) > 0 {
			t.Errorf("slot %d heard %d, %v", m.Slot, m.Total(), m.Faults())
		}
	}
}

// TestJoinThenPublishAtOnce publishes to a room from another worker in the
// moment in which a join is acknowledged, 2,000 times, each in a room of its
// own: every message arrives.
func TestJoinThenPublishAtOnce(t *testing.T) {
	t.Parallel()
	n := serve(t)
	members := oneEach(t, n)
	rounds := 2000
	if testing.Short() {
		rounds /= 10
	}
	var lost atomic.Int32
	var wg sync.WaitGroup
	for i, listener := range members {
		speaker := members[(i+3)%workers]
		wg.Go(func() {
			ctx := within(t, 2*patience)
			for r := range rounds / workers {
				room := fmt.Sprintf("room %d of %d", r, i)
				if _, err := listener.Ask(ctx, "join", room); err != nil {
					t.Error(err)
					return
				}
				if err := tell(t, speaker, room, room, 1); err != nil {
					t.Error(err)
					return
				}
				if !listener.Heard(within(t, patience).Done(), room, 1) {
					lost.Add(1)
					return
				}
				if _, err := listener.Ask(ctx, "leave", room); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if lost.Load() > 0 {
		t.Errorf("lost in %d rooms", lost.Load())
	}
	total := 0
	for _, m := range members {
		total += m.Total()
		if f := m.Faults(); len(f) > 0 {
			t.Error(f)
		}
	}
	if total != rounds {
		t.Errorf("heard %d of %d", total, rounds)
	}
}

// TestFiveMegabytesCrossWorkers sends one message of 5 MB to clients of every
// kind on other workers.
func TestFiveMegabytesCrossWorkers(t *testing.T) {
	t.Parallel()
	n := serve(t, "--max-http-buffer-size=6e6")
	big := make([]byte, 5_000_000)
	for i := range big {
		big[i] = 'a' + byte(rand.N(26))
	}
	want := sha256.Sum256(big)
	type hearing struct {
		from string
		sum  [32]byte
		size int
	}
	heard := make(chan hearing, 100)
	all := gather(t, n, 16, func(o *crowd.Options) {
		o.Event = func(name string, args []json.RawMessage) {
			var text string
			if name == "big" && json.Unmarshal(args[0], &text) == nil {
				heard <- hearing{o.From, sha256.Sum256([]byte(text)), len(text)}
			}
		}
	})
	ctx := within(t, patience)
	speaker := all[0]
	if _, err := speaker.Ask(ctx, "broadcast", map[string]any{"from": "socket"}, "big", string(big)); err != nil {
		t.Fatal(err)
	}
	slots := make(map[int]bool)
	for _, m := range all[1:] {
		slots[m.Slot] = true
		select {
		case h := <-heard:
			if h.sum != want {
				t.Errorf("%s heard something else, %d bytes", h.from, h.size)
			}
		case <-ctx.Done():
			t.Fatalf("%d of %d heard it", len(heard), len(all)-1)
		}
	}
	t.Logf("heard by %d clients in %d slots", len(all)-1, len(slots))
}

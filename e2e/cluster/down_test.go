package cluster

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
)

func asTimeout(err error, timeout *net.Error) bool {
	return errors.As(err, timeout) && (*timeout).Timeout()
}

// TestSlotThatStaysDown has one slot's worker die at every start. It is tried
// again after growing pauses, each said once; its clients are refused within a
// bounded time, none waits for ever; nobody else notices; and once the worker
// can start again, the slot serves.
func TestSlotThatStaysDown(t *testing.T) {
	t.Parallel()
	const slot = 5
	crash := filepath.Join(t.TempDir(), "crash")
	n := serveWith(t, []string{"E2E_CRASH=" + crash})
	addresses := bySlot(t, n)
	other := dial(t, crowd.Options{Kind: websocket, Server: n.Addr, From: addresses[0]})

	if err := os.WriteFile(crash, []byte(fmt.Sprint(slot)), 0o600); err != nil {
		t.Fatal(err)
	}
	went := time.Now()
	if err := kill(worker(t, n, slot)); err != nil {
		t.Fatal(err)
	}
	// The first may lie in the inbox until the slot is given up, the later ones are refused at once.
	for try := range 3 {
		status, _, err := send(t, n, addresses[slot], handshake).answer(within(t, patience))
		if err != nil || status != 0 && status != 503 {
			t.Errorf("try %d: status %d, %v", try, status, err)
		}
		t.Logf("try %d: %d, %v after the death", try, status, time.Since(went).Round(time.Millisecond))
	}
	if _, err := other.Ask(within(t, patience), "echo", "unharmed"); err != nil {
		t.Error(err)
	}

	died := func(l node.Line) bool { return l.Says("worker died") && l.Int("slot") == slot }
	deaths := 0
	if _, err := n.Await(patience, func(l node.Line) bool {
		if died(l) {
			deaths++
		}
		return deaths == 7
	}); err != nil {
		t.Fatal(err)
	}
	var pauses []time.Duration
	for _, l := range n.Lines(died) {
		pauses = append(pauses, time.Duration(l.Int("next")))
	}
	t.Logf("pauses %v", pauses)
	for i := 3; i < 7; i++ {
		if pauses[i] <= pauses[i-1] {
			t.Errorf("pauses do not grow: %v", pauses)
		}
	}
	if err := os.Remove(crash); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the slot serves again", func() (bool, string) {
		status, _, err := send(t, n, addresses[slot], handshake).answer(within(t, patience))
		return status == 200, fmt.Sprint(status, err)
	})
	if ends := other.Ends(); len(ends) > 0 {
		t.Errorf("a client of another slot: %v", ends)
	}
}

package cluster

import (
	"sync"
	"testing"

	"github.com/ioserver/ioserver/e2e/crowd"
)

// TestAddressKeepsItsWorker connects from many addresses, again and again: each
// reaches one worker. When one of the workers is killed, another process takes
// its slot, and no other address moves.
func TestAddressKeepsItsWorker(t *testing.T) {
	t.Parallel()
	n := serve(t)
	const addresses = 128
	kinds := crowd.Kinds()
	look := func() []place {
		places := make([]place, addresses)
		var turn sync.Mutex
		round := 0
		atOnce(addresses, 8, func(i int) {
			turn.Lock()
			round++
			kind := kinds[round%len(kinds)]
			turn.Unlock()
			c, err := crowd.Dial(within(t, patience), crowd.Options{Kind: kind, Server: n.Addr, From: address(i)})
			if err != nil {
				t.Errorf("%s: %v", address(i), err)
				return
			}
			defer c.Close()
			places[i] = whereIs(t, c)
		})
		return places
	}
	first := look()
	slots := make(map[int]bool)
	for i, again := range look() {
		slots[first[i].Slot] = true
		if again.Slot != first[i].Slot || again.PID != first[i].PID {
			t.Errorf("%s reached slot %d, then %d", address(i), first[i].Slot, again.Slot)
		}
	}
	if len(slots) != workers {
		t.Errorf("%d addresses reached %d of %d slots", addresses, len(slots), workers)
	}

	victim := first[0]
	took, err := n.KillWorker(victim.Slot, patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("slot %d was served again after %v", victim.Slot, took)
	for i, after := range look() {
		switch {
		case after.Slot != first[i].Slot:
			t.Errorf("%s moved from slot %d to %d", address(i), first[i].Slot, after.Slot)
		case (after.PID != first[i].PID) != (after.Slot == victim.Slot):
			t.Errorf("%s in slot %d: process %d, then %d", address(i), after.Slot, first[i].PID, after.PID)
		}
	}
}

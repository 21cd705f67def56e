package cluster

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/crowd"
)

const (
	// wholeAgain is when messages between workers have to be whole again at the
	// latest after the death of the broker; the aim is 2 s.
	wholeAgain = 10 * time.Second
	meanwhile  = 40 // messages while the bus stands still
)

// TestBrokerKilledUnderTraffic stops the bus and then kills it, while clients of
// all kinds hear numbers from several workers. Meanwhile messages reach the
// clients of the speaker's own worker. The broker is started again; what the
// other workers missed reaches them; nobody is disconnected; nothing is lost,
// doubled or out of order.
func TestBrokerKilledUnderTraffic(t *testing.T) {
	t.Parallel()
	n := serve(t)
	all := gather(t, n, 80, nil)
	s := speak(t, all[:4], 100*time.Millisecond)
	hears(t, all[9], 20)

	stopped := broker(t, n)
	freeze(t, stopped)
	began := time.Now()
	speaker := all[20]
	for i := 1; i <= meanwhile; i++ {
		if err := crowd.Say(within(t, patience), speaker.Client, "meanwhile", i); err != nil {
			t.Fatalf("without the bus: %v", err)
		}
	}
	neighbours := 0
	for _, m := range all {
		if m.Slot == speaker.Slot {
			neighbours++
			if !m.Await(within(t, patience).Done(), "meanwhile", meanwhile) {
				t.Errorf("%v on the speaker's worker does not hear while the bus stands still", m.Kind())
			}
		}
	}
	if broker(t, n) != stopped {
		t.Error("the broker was replaced before it was killed")
	}
	t.Logf("without the bus: %d messages reached %d clients of the worker in %v", meanwhile, neighbours, time.Since(began))

	killed := time.Now()
	took, err := n.KillBroker(patience)
	if err != nil {
		t.Fatal(err)
	}
	if err := crowd.Say(within(t, patience), speaker.Client, "after", 1); err != nil {
		t.Fatal(err)
	}
	over := within(t, patience).Done()
	for _, m := range all {
		if !m.Heard(over, "after", 1) || !m.Await(over, "meanwhile", meanwhile) {
			t.Errorf("%v in slot %d misses %v", m.Kind(), m.Slot, m.Missing("meanwhile", meanwhile))
		}
	}
	whole := time.Since(killed)
	t.Logf("broker serves again %v after its death; messages are whole everywhere after %v", took, whole)
	if whole > wholeAgain {
		t.Errorf("whole only after %v", whole)
	}
	hears(t, all[9], all[9].Total()+20)
	heardAll(t, all, s.End())
	for _, m := range all {
		if ends := m.Ends(); len(ends) > 0 {
			t.Errorf("%v in slot %d was disconnected: %v", m.Kind(), m.Slot, ends)
		}
	}
}

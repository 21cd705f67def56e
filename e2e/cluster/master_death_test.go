package cluster

import (
	"syscall"
	"testing"
	"time"
)

// TestMasterKilledTakesAllWithIt kills the master while clients are served: no
// worker and no broker outlives it, and the port is free.
func TestMasterKilledTakesAllWithIt(t *testing.T) {
	t.Parallel()
	n := serve(t)
	block(t, n) // a handler that does not return is no reason to stay
	all := gather(t, n, 40, nil)
	family, err := n.Processes()
	if err != nil || len(family) != 1+workers+1 {
		t.Fatalf("processes: %v, %v", family, err)
	}
	began := time.Now()
	if err := n.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if status := ended(t, n, patience); status != -1 {
		t.Errorf("exit status %d", status)
	}
	t.Logf("all %d processes gone after %v", len(family), time.Since(began))
	late := within(t, patience)
	for _, m := range all {
		if err := m.Ended(late, 1); err != nil {
			t.Errorf("%v: %v", m.Kind(), err)
		}
	}
}

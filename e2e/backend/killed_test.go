package backend

import (
	"fmt"
	"syscall"
	"testing"
)

// TestWorkersAreKilled kills one worker after another, each of which may be the
// witness of others. The end of each of its sockets is told once, with what the
// application gave them, and of no other.
func TestWorkersAreKilled(t *testing.T) {
	n, at := withNATS(t, "--workers=4")
	r := newRecord()
	r.joinNATS(t, at)
	r.joinNATS(t, at)
	rest := gather(t, n, 60)
	var gone []*client
	for slot := range 3 {
		these, others := in(rest, slot)
		t.Logf("slot %d: %d clients", slot, len(these))
		if _, err := n.KillWorker(slot, patience); err != nil {
			t.Fatal(err)
		}
		r.ended(t, "transport close", these, others)
		gone, rest = append(gone, these...), others
	}
	// Nobody tells of them again, and those that live are heard.
	for _, c := range rest {
		if id := identify(t, c.Client).id; id != c.id {
			t.Errorf("%s is %s now", c.id, id)
		}
	}
	r.once(t, "transport close", gone, rest)
}

// TestAllWorkersAreKilled kills every worker of a machine that is alone at once:
// those that follow tell of their sockets.
func TestAllWorkersAreKilled(t *testing.T) {
	for _, workers := range []int{1, 3} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			n, at := withNATS(t, fmt.Sprint("--workers=", workers))
			r := newRecord()
			r.joinNATS(t, at)
			all := gather(t, n, 40)
			for slot := range workers {
				pid, err := n.Worker(slot)
				if err == nil {
					err = syscall.Kill(pid, syscall.SIGKILL)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			r.ended(t, "transport close", all, nil)
			again := gather(t, n, 10)
			r.once(t, "transport close", all, again)
		})
	}
}

// TestMachineIsKilled kills all processes of one of two servers on one NATS: the
// other tells of its sockets.
func TestMachineIsKilled(t *testing.T) {
	at := runNATS(t)
	one := serve(t, "--nats="+at, "--workers=2", "--backend=nats")
	two := serve(t, "--nats="+at, "--workers=2", "--backend=nats")
	r := newRecord()
	r.joinNATS(t, at)
	these, others := gather(t, one, 40), gather(t, two, 40)
	pids, err := one.Processes()
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	r.ended(t, "transport close", these, others)
}

// TestServerStops ends a server as a service manager does: its own workers tell
// of their sockets, and nobody tells again.
func TestServerStops(t *testing.T) {
	at := runNATS(t)
	one := serve(t, "--nats="+at, "--workers=2", "--backend=nats")
	two := serve(t, "--nats="+at, "--workers=2", "--backend=nats")
	r := newRecord()
	r.joinNATS(t, at)
	these, others := gather(t, one, 20), gather(t, two, 20)
	if err := one.Stop(); err != nil {
		t.Error(err)
	}
	r.ended(t, "server shutting down", these, others)
	for _, c := range others {
		identify(t, c.Client)
	}
	r.once(t, "server shutting down", these, others)
}

package backend

import (
	"syscall"
	"testing"

	"github.com/ioserver/ioserver/e2e/crowd"
)

// TestMachineIsTakenForDead stops all processes of one of two servers until the
// other has told the end of its sockets. When they go on, they learn of that:
// their clients come back as new sockets, and the application knows exactly who
// is there.
func TestMachineIsTakenForDead(t *testing.T) {
	at := runNATS(t)
	one := serve(t, "--nats="+at, "--workers=2", "--backend=nats")
	two := serve(t, "--nats="+at, "--workers=2", "--backend=nats")
	r := newRecord()
	r.joinNATS(t, at)
	others := gather(t, two, 10)
	these := make([]*client, 10)
	for i := range these {
		c, err := crowd.Dial(within(t), crowd.Options{Kind: crowd.Kind{Revision: 4, Transport: crowd.WebSocket}, Server: one.Addr, Returns: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		these[i] = identify(t, c)
	}
	pids, err := one.Processes()
	if err != nil {
		t.Fatal(err)
	}
	signal := func(s syscall.Signal) {
		for _, pid := range pids {
			if err := syscall.Kill(pid, s); err != nil {
				t.Error(err)
			}
		}
	}
	signal(syscall.SIGSTOP)
	defer signal(syscall.SIGCONT) // where the test fails: what is stopped does not end
	r.ended(t, "transport close", these, others)
	signal(syscall.SIGCONT)
	for _, c := range these {
		if err := c.Ended(within(t), 1); err != nil {
			t.Fatalf("%s is not told to come back: %v", c.id, err)
		}
		if err := c.Joined(within(t)); err != nil {
			t.Fatal(err)
		}
	}
	there := make(map[string]bool)
	for _, c := range append(these, others...) {
		again := identify(t, c.Client)
		there[again.id] = true
	}
	for _, c := range these {
		if there[c.id] {
			t.Errorf("%s is still there", c.id)
		}
	}
	r.await(t, patience, "the application knows who is there", func() bool {
		if len(r.there) != len(there) {
			return false
		}
		for id := range there {
			if !r.there[id] {
				return false
			}
		}
		return true
	})
	r.once(t, "transport close", these, nil)
}

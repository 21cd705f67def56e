package cluster

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/cluster/procfs"
	"github.com/ioserver/ioserver/e2e/crowd"
)

const (
	// watch is how long a starving process is watched.
	watch = 3 * time.Second
	// idle is what it may use of a processor meanwhile: spinning uses all of it.
	idle = watch / 5
	// none is a limit that leaves no descriptor: those below are in use.
	none = 3
)

// starve lets the process have no descriptor whose number is limit or more,
// until the returned function is called.
func starve(t *testing.T, pid, limit int) (feed func()) {
	t.Helper()
	var usual unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &usual); err != nil {
		t.Fatal(err)
	}
	low := unix.Rlimit{Cur: uint64(limit), Max: usual.Max}
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &low, nil); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &usual, nil); err != nil {
			t.Error(err)
		}
	}
}

// busy is how much processor time the process uses while it is watched.
func busy(t *testing.T, pid int) time.Duration {
	t.Helper()
	before, err := procfs.CPU(pid)
	if err != nil {
		t.Fatal(err)
	}
	<-time.After(watch)
	after, err := procfs.CPU(pid)
	if err != nil {
		t.Fatal(err)
	}
	return after - before
}

// TestMasterOutOfDescriptors takes all free descriptors from the master:
// connections wait in the backlog, nothing spins, and they are served once
// there are descriptors again.
func TestMasterOutOfDescriptors(t *testing.T) {
	t.Parallel()
	n := serve(t)
	gatherAndPart(t, n)
	before := descriptorsOf(t, n)
	feed := starve(t, n.PID(), none)
	var waiting []*request
	for i := range 20 {
		waiting = append(waiting, send(t, n, address(i), handshake))
	}
	if used := busy(t, n.PID()); used > idle {
		t.Errorf("the master used %v of %v", used, watch)
	} else {
		t.Logf("the master used %v of %v", used, watch)
	}
	feed()
	for i, r := range waiting {
		if status, _, err := r.answer(within(t, patience)); status != 200 {
			t.Errorf("connection %d: status %d, %v", i, status, err)
		}
		r.Close()
	}
	settled(t, n, before)
}

// TestWorkerOutOfDescriptors takes all free descriptors from a worker. Its
// clients stay connected; new connections are lost, each with a bounded wait;
// nothing spins or leaks in worker or master, other slots serve, and the slot
// serves again once there are descriptors.
func TestWorkerOutOfDescriptors(t *testing.T) {
	t.Parallel()
	const slot = 2
	n := serve(t)
	addresses := bySlot(t, n)
	gatherAndPart(t, n)
	before := descriptorsOf(t, n)
	staying := gather(t, n, 40, nil)
	pid := worker(t, n, slot)
	feed := starve(t, pid, none)
	var lost []*request
	for range 20 {
		lost = append(lost, send(t, n, addresses[slot], handshake))
	}
	used := busy(t, pid)
	t.Logf("the worker used %v of %v", used, watch)
	if used > idle {
		t.Errorf("the worker used %v of %v", used, watch)
	}
	if status, _, err := send(t, n, addresses[slot+1], handshake).answer(within(t, patience)); status != 200 {
		t.Errorf("another slot: status %d, %v", status, err)
	}
	for i, r := range lost {
		if status, _, err := r.answer(within(t, patience)); err != nil || status == 200 {
			t.Errorf("connection %d: status %d, %v", i, status, err)
		}
		r.Close()
	}
	for _, m := range staying {
		if _, err := m.Ask(within(t, patience), "echo", "still here"); err != nil && (m.Slot != slot || m.Kind().Transport == crowd.WebSocket) {
			t.Errorf("%v in slot %d: %v", m.Kind(), m.Slot, err)
		}
	}
	feed()
	await.Eventually(t, patience, "the slot serves again", func() (bool, string) {
		status, _, err := send(t, n, addresses[slot], handshake).answer(within(t, patience))
		return status == 200, fmt.Sprint(status, err)
	})
	for _, m := range staying {
		m.Close()
	}
	settled(t, n, before)
}

// TestWorkerUsesFreedDescriptors fills a worker's small table with clients:
// those beyond it are lost, each with a bounded wait. When the others leave,
// there is room for as many again.
func TestWorkerUsesFreedDescriptors(t *testing.T) {
	t.Parallel()
	const slot, clients = 2, 60
	n := serve(t)
	addresses := bySlot(t, n)
	gatherAndPart(t, n)
	before := descriptorsOf(t, n)
	pid := worker(t, n, slot)
	feed := starve(t, pid, before[pid]+clients/2)
	defer feed()
	fill := func() (served int) {
		var all []*request
		for range clients {
			all = append(all, send(t, n, addresses[slot], openSocket))
		}
		for i, r := range all {
			status, _, err := r.answer(within(t, patience))
			if err != nil {
				t.Errorf("connection %d: %v", i, err)
			}
			if status == 101 {
				served++
			}
		}
		if used := busy(t, pid); used > idle {
			t.Errorf("with a full table the worker used %v of %v", used, watch)
		}
		for _, r := range all {
			r.Close()
		}
		settled(t, n, before)
		return served
	}
	first, second := fill(), fill()
	if first == 0 || first == clients || second < first/2 {
		t.Errorf("%d of %d served, then %d", first, clients, second)
	}
	t.Logf("%d of %d served at a time, then %d", first, clients, second)
}

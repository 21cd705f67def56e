package machines

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/machines/network"
)

// TestNetworkDivided divides the network: two machines with two NATS servers, and
// one with the third. Each side goes on with its own clients, and forgets the
// other. When the network is one again, everybody hears what was said on either
// side, once and in order; nobody is disconnected, and nobody is there twice.
func TestNetworkDivided(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ownServer, pings...)
	divide(t, w, machinesOf(w.hosts[:2], w.nats[:2]), machinesOf(w.hosts[2:], w.nats[2:]))
}

// TestNetworkOfOneBinaryDivided is TestNetworkDivided without a NATS server of
// anybody else's.
func TestNetworkOfOneBinaryDivided(t *testing.T) {
	t.Parallel()
	w := newEmbeddedWorld(t, secretFile(t, "a secret of three machines"), [3]int{2, 0, 1}, pings...)
	divide(t, w, machinesOf(w.hosts[:2], nil), machinesOf(w.hosts[2:], nil))
	for _, h := range w.hosts {
		h.routed(2)
	}
}

// TestTwoMachinesThatDoNotReachEachOther, while a third reaches both, forget each
// other, and nobody forgets the third.
func TestTwoMachinesThatDoNotReachEachOther(t *testing.T) {
	t.Parallel()
	w := newEmbeddedWorld(t, secretFile(t, "a secret of three machines"), [3]int{0, 1, 2}, pings...)
	c := gatherOfficial(t, w.Network, toMany, w.hosts...)
	c.hear(10, 0, 1, 2)
	one, other := machinesOf(w.hosts[:1], nil), machinesOf(w.hosts[2:], nil)
	if err := network.Part(one, other); err != nil {
		t.Fatal(err)
	}
	for i, know := range []int{2, 3, 2} {
		w.hosts[i].awaitStatus("whom it reaches", func(s status) bool { return len(s.Nodes) == know && s.serving() == know*workers })
	}
	c.hear(10, 0, 1, 2)
	if err := network.Unite(one, other); err != nil {
		t.Fatal(err)
	}
	together(t, w.hosts...)
	c.hear(10, 0, 1, 2)
	c.end()
}

func machinesOf(hosts []*host, nats []*natsServer) (all []*network.Machine) {
	for _, h := range hosts {
		all = append(all, h.Machine)
	}
	for _, s := range nats {
		all = append(all, s.Machine)
	}
	return all
}

// divide parts the first two hosts from the third, and unites them.
func divide(t *testing.T, w *world, these, those []*network.Machine) {
	t.Helper()
	c := gatherOfficial(t, w.Network, toMany, w.hosts...)
	c.hear(10, 0, 1, 2)
	if err := network.Part(these, those); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for i, h := range w.hosts {
		left := 2 - i/2
		h.awaitStatus("the other side is gone", func(s status) bool { return len(s.Nodes) == left && s.serving() == left*workers })
	}
	t.Logf("both sides have forgotten each other %v after the network was divided", time.Since(began).Round(100*time.Millisecond))
	if took := time.Since(began); took > forgetting {
		t.Errorf("forgotten after %v", took)
	}
	c.hear(10, 0, 1, 2)
	if err := network.Unite(these, those); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	together(t, w.hosts...)
	c.hear(30, 0, 1, 2)
	t.Logf("together %v after it was one again", time.Since(began).Round(100*time.Millisecond))
	for _, h := range w.hosts {
		h.awaitStatus("only sessions of clients that are there", func(s status) bool { return s.sessions() == versions*len(w.hosts) })
	}
	c.end()
}

package master

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"sync/atomic"
	"testing"

	"github.com/ioserver/ioserver/fdpass"
)

// place chooses a slot and has it hold one connection more.
func place(t *testing.T, c chooser, address string, slots []*slot) int {
	t.Helper()
	i := choose(t, c, address, slots)
	slots[i].passed++
	return i
}

func loads(slots []*slot) (all []int, sum int) {
	for _, s := range slots {
		all = append(all, s.load())
		sum += s.load()
	}
	return all, sum
}

// One address that brings thousands fills no slot beyond 1.25 times the mean, and overflows none that it needs not.
func TestOneAddressSpills(t *testing.T) {
	for _, n := range []int{2, 3, 4, 8, 64} {
		c, slots := newTestChooser(t, RemoteAddress), servingSlots(n)
		first := choose(t, c, "10.0.0.1:1", slots)
		slots[first].spilled = new(atomic.Uint64)
		const connections = 20_000
		for k := range connections {
			i := place(t, c, "10.0.0.1:1", slots)
			if k < crowdedFrom && i != first {
				t.Fatalf("%d slots: connection %d went to %d, though %d has room", n, k, i, first)
			}
		}
		all, sum := loads(slots)
		for i, load := range all {
			if bound := max(crowdedFrom, sum*crowdedShare/100/n+1); load > bound {
				t.Errorf("%d slots: slot %d holds %d of %d, want at most %d", n, i, load, sum, bound)
			}
		}
		if got := slots[first].spilled.Load(); got != uint64(connections-all[first]) {
			t.Errorf("%d slots: %d spilled, slot %d holds %d of %d", n, got, first, all[first], connections)
		}
	}
}

// Where nothing is crowded, no address notices the bound: below 256 however uneven, above it within 1.25 times the mean.
func TestNoSpillWithoutNeed(t *testing.T) {
	for _, held := range [][]int{{255, 0, 0, 0}, {1000, 1000, 1000, 1000}, {1200, 1000, 1000, 1000}, {255, 255, 255, 255}} {
		slots := servingSlots(len(held))
		for i, s := range slots {
			s.held = held[i]
		}
		for o := range order(400) {
			if got := o.choose(slots); got != int(o)%len(slots) {
				t.Errorf("%v: order %d goes to %d", held, o, got)
			}
		}
	}
}

// The second choice is an address's own, stays, and spreads over all others.
func TestSecondChoiceSpreads(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	c, slots := newTestChooser(t, RemoteAddress), servingSlots(8)
	slots[3].held = 10_000
	count := make([]int, len(slots))
	const addresses = 7000
	for n := 0; n < addresses; {
		a := fdpass.Addr{AddrPort: netip.AddrPortFrom(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, random.Uint32()))), 1)}
		if order(c.(*byAddress).hash(a))%8 != 3 {
			continue
		}
		n++
		i, _ := c.choose(a, slots)
		count[i]++
		if again, _ := c.choose(a, slots); again != i {
			t.Fatalf("%s went to %d, then to %d", a, i, again)
		}
	}
	for i, n := range count {
		if even := addresses / 7; i == 3 && n > 0 || i != 3 && (n < even*85/100 || n > even*115/100) {
			t.Errorf("slot %d has %d of %d addresses that spilled", i, n, addresses)
		}
	}
}

// A slot that is down keeps its addresses, however many wait; nothing spills to one.
func TestDownSlotKeepsItsAddresses(t *testing.T) {
	slots := servingSlots(3)
	slots[0].waiting = make([]waiting, 1000)
	slots[0].child.ready = false
	if got := order(0).choose(slots); got != 0 {
		t.Errorf("went to %d", got)
	}
	slots[1].held, slots[2].child = 10_000, nil
	if got := order(1).choose(slots); got != 1 {
		t.Errorf("went from the only serving slot to %d", got)
	}
}

// limited makes slots that hold at most most.
func limited(n, most int) []*slot {
	slots := servingSlots(n)
	for _, s := range slots {
		s.most, s.open = most, s.load
	}
	return slots
}

// A full slot gets nothing while another is not full, whatever the balance; not even one that is down keeps more than it may.
func TestFullSlotGetsNothing(t *testing.T) {
	for _, b := range []Balance{RemoteAddress, LeastConnections, RoundRobin} {
		c, slots := newTestChooser(t, b), limited(4, 50)
		for range 200 {
			if i := place(t, c, "10.0.0.1:1", slots); slots[i].load() > 50 {
				t.Fatalf("%s: slot %d holds %d", b, i, slots[i].load())
			}
		}
		if i := choose(t, c, "10.0.0.1:1", slots); !slots[i].full() {
			t.Errorf("%s: slot %d is not full", b, i)
		}
	}
	c, slots := newTestChooser(t, RemoteAddress), limited(2, 10)
	first := choose(t, c, "10.0.0.1:1", slots)
	slots[first].child.ready, slots[first].held = false, 10
	if i := choose(t, c, "10.0.0.1:1", slots); i == first {
		t.Error("a slot that is down and full gets more")
	}
	heedless := &inTurn{heedless: true}
	slots[1-first].held = 10
	for range 3 {
		if i, _ := heedless.choose(fdpass.Addr{}, slots); i != 1-first {
			t.Errorf("the API's connection went to %d, which does not serve", i)
		}
	}
}

// Even where all are crowded, what is not full is used.
func TestCrowdedIsBetterThanFull(t *testing.T) {
	slots := limited(3, 1000)
	slots[0].held, slots[1].held, slots[2].held = 1000, 900, 0
	slots[2].child.ready = false
	if got := order(0).choose(slots); got != 1 {
		t.Errorf("went to %d", got)
	}
}

func TestChoosingAllocatesNothing(t *testing.T) {
	c, slots := newTestChooser(t, RemoteAddress), servingSlots(64)
	a := fdpass.Addr{AddrPort: netip.MustParseAddrPort("10.0.0.1:1")}
	first, _ := c.choose(a, slots)
	for _, held := range []int{0, 10_000} {
		slots[first].held = held
		if n := testing.AllocsPerRun(100, func() { c.choose(a, slots) }); n > 0 {
			t.Errorf("%v allocations with %d held", n, held)
		}
	}
}

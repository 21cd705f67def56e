package master

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/ioserver/ioserver/fdpass"
)

func servingSlots(n int) []*slot {
	slots := make([]*slot, n)
	for i := range slots {
		slots[i] = &slot{index: i, child: &child{ready: true}}
	}
	return slots
}

func choose(t *testing.T, c chooser, address string, slots []*slot) int {
	t.Helper()
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		t.Fatal(err)
	}
	i, _ := c.choose(fdpass.Addr{AddrPort: a}, slots)
	return i
}

func newTestChooser(t *testing.T, b Balance) chooser {
	t.Helper()
	c, err := newChooser(b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// 10,000 random addresses over 8 slots stay within 15% of even.
func TestRemoteAddressSpreads(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	slots := servingSlots(8)
	for name, address := range map[string]func() netip.Addr{
		"IPv4": func() netip.Addr {
			return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, random.Uint32())))
		},
		"IPv4 of one network": func() netip.Addr {
			return netip.AddrFrom4([4]byte{10, 1, byte(random.Uint32()), byte(random.Uint32())})
		},
		"IPv6": func() netip.Addr {
			b := binary.BigEndian.AppendUint64([]byte{0x20, 0x01, 0x0d, 0xb8}, random.Uint64())
			return netip.AddrFrom16([16]byte(append(b, 0, 0, 0, 1)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestChooser(t, RemoteAddress)
			const addresses = 10_000
			seen := make(map[netip.Addr]bool, addresses)
			count := make([]int, len(slots))
			for len(seen) < addresses {
				a := address()
				if seen[a] {
					continue
				}
				seen[a] = true
				i, movable := c.choose(fdpass.Addr{AddrPort: netip.AddrPortFrom(a, 1)}, slots)
				if movable {
					t.Fatal("an address may not go elsewhere")
				}
				count[i]++
			}
			for i, n := range count {
				if even := addresses / len(slots); n < even*85/100 || n > even*115/100 {
					t.Errorf("slot %d has %d of %d addresses", i, n, addresses)
				}
			}
		})
	}
}

func TestRemoteAddressIsStable(t *testing.T) {
	c := newTestChooser(t, RemoteAddress)
	slots := servingSlots(256)
	for _, same := range [][]string{
		{"10.1.2.3:1", "10.1.2.3:65535", "[::ffff:10.1.2.3]:7"},
		{"[2001:db8:1:2::1]:1", "[2001:db8:1:2:ffff:ffff:ffff:ffff]:2"},
	} {
		want := choose(t, c, same[0], slots)
		for _, a := range same {
			slots[want].child.ready = false // whether it serves makes no difference
			if got := choose(t, c, a, slots); got != want {
				t.Errorf("%s goes to %d, %s to %d", same[0], want, a, got)
			}
			slots[want].child.ready = true
		}
	}
	differ := 0
	for range 8 {
		if choose(t, newTestChooser(t, RemoteAddress), "10.1.2.3:1", slots) != choose(t, c, "10.1.2.3:1", slots) {
			differ++
		}
	}
	if differ == 0 {
		t.Error("the hash has no key of its own at each start")
	}
}

func TestUnixClientsGoInTurn(t *testing.T) {
	for _, b := range []Balance{RemoteAddress, RoundRobin} {
		c, slots := newTestChooser(t, b), servingSlots(3)
		for n := range 9 {
			if i, _ := c.choose(fdpass.Addr{}, slots); i != n%3 {
				t.Errorf("%s: connection %d went to %d", b, n, i)
			}
		}
	}
}

func TestRoundRobinSkipsTheDead(t *testing.T) {
	c, slots := newTestChooser(t, RoundRobin), servingSlots(4)
	slots[1].child, slots[2].child.ready = nil, false
	for n := range 8 {
		if i := choose(t, c, "10.0.0.1:1", slots); i != []int{0, 3}[n%2] {
			t.Errorf("connection %d went to %d", n, i)
		}
	}
	slots[0].child, slots[3].child = nil, nil
	for n := range 8 {
		if i := choose(t, c, "10.0.0.1:1", slots); i != n%4 {
			t.Errorf("none serves: connection %d went to %d", n, i)
		}
	}
}

func TestLeastConnections(t *testing.T) {
	c, slots := newTestChooser(t, LeastConnections), servingSlots(3)
	for n := range 30 { // without a report, what was passed counts
		i := choose(t, c, "10.0.0.1:1", slots)
		slots[i].passed++
		if n%3 == 2 && (slots[0].passed != slots[1].passed || slots[1].passed != slots[2].passed) {
			t.Fatalf("after %d: %d %d %d", n+1, slots[0].passed, slots[1].passed, slots[2].passed)
		}
	}
	slots[0].report(fdpass.Load{Accepted: 10, Open: 9})
	slots[1].report(fdpass.Load{Accepted: 8, Open: 2}) // two are on their way
	slots[2].report(fdpass.Load{Accepted: 10, Open: 5})
	for range 2 {
		if i := choose(t, c, "10.0.0.1:1", slots); i != 1 {
			t.Errorf("went to %d", i)
		}
	}
	slots[1].child.ready = false
	if i := choose(t, c, "10.0.0.1:1", slots); i != 2 {
		t.Errorf("slot 1 is down: went to %d", i)
	}
	slots[2].report(fdpass.Load{Accepted: 14, Open: 5}) // more than was passed: its predecessor's queue
	if got := slots[2].load(); got != 5 {
		t.Errorf("load %d", got)
	}
}

func TestUnknownBalance(t *testing.T) {
	if _, err := newChooser("random"); err == nil {
		t.Error("accepted")
	}
	for _, b := range []Balance{"", RemoteAddress, LeastConnections, RoundRobin} {
		newTestChooser(t, b)
	}
}

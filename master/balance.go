package master

import (
	"fmt"
	"hash/maphash"

	"github.com/ioserver/ioserver/fdpass"
)

// Balance names a way to choose a slot for a connection.
type Balance string

// The ways.
const (
	// RemoteAddress: by a hash of the client's address under a key made anew at each start. One address always meets one slot, but
	// where that has far more than its share: see order.
	RemoteAddress Balance = "remote-address"
	// LeastConnections: the serving slot with the fewest connections, by the workers' last reports and what was passed since.
	LeastConnections Balance = "least-connections"
	// RoundRobin: one serving slot after the other.
	RoundRobin Balance = "round-robin"
	// Header: as RemoteAddress, but of connections that come from trusted proxies by what a field of their first request says.
	Header Balance = "header"
)

// chooser picks a slot for a connection: one that is full only where all are. It belongs to run.
type chooser interface {
	// choose returns the index of the slot that a connection from a goes to, and whether any other slot would do as well when
	// that one has no room.
	choose(a fdpass.Addr, slots []*slot) (index int, movable bool)
}

func newChooser(b Balance) (chooser, error) {
	switch b {
	case RemoteAddress, Header, "":
		return &byAddress{seed: maphash.MakeSeed()}, nil
	case LeastConnections:
		return &byLoad{}, nil
	case RoundRobin:
		return &inTurn{}, nil
	}
	return nil, fmt.Errorf("master: unknown balance %q", b)
}

// inTurn takes the serving slots that have room one after the other; with none, all.
type inTurn struct {
	next     int
	heedless bool // of what is full: for connections that have no limit
}

func (c *inTurn) choose(_ fdpass.Addr, slots []*slot) (int, bool) {
	for range slots {
		i := c.next % len(slots)
		c.next = i + 1
		if slots[i].serving() && (c.heedless || !slots[i].full()) {
			return i, true
		}
	}
	i := c.next % len(slots)
	c.next = i + 1
	return i, true
}

// byAddress hashes the part of an address that one client keeps: all of IPv4, the /64 of IPv6. IPv4 mapped into IPv6 counts as IPv4.
// Clients of Unix sockets have no address and go in turn.
type byAddress struct {
	seed maphash.Seed
	turn inTurn
}

func (c *byAddress) choose(a fdpass.Addr, slots []*slot) (int, bool) {
	if a.Unix() {
		return c.turn.choose(a, slots)
	}
	return order(c.hash(a)).choose(slots), false
}

func (c *byAddress) hash(a fdpass.Addr) uint64 {
	if ip := a.Addr().Unmap(); ip.Is4() {
		b := ip.As4()
		return maphash.Bytes(c.seed, b[:])
	} else {
		b := ip.As16()
		return maphash.Bytes(c.seed, b[:8])
	}
}

// byLoad takes the slot with the fewest connections; among equals the next in turn, so that a start from nothing spreads.
type byLoad struct{ next int }

func (c *byLoad) choose(_ fdpass.Addr, slots []*slot) (int, bool) {
	best := -1
	for n := range slots {
		i := (c.next + n) % len(slots)
		if slots[i].serving() && !slots[i].full() && (best < 0 || slots[i].load() < slots[best].load()) {
			best = i
		}
	}
	if best < 0 {
		best = c.next % len(slots)
	}
	c.next = best + 1
	return best, true
}

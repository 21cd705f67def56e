package main

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const relayedOfDirect = 2.5

// relayed measures clients whose requests come from the address of their session,
// and others whose address has changed to one that another worker serves.
func relayed(b *bench) error {
	t, err := b.demo(2)
	if err != nil {
		return err
	}
	homes, err := b.addresses(t, 2)
	if err != nil {
		return err
	}
	sides := []*side{{name: "direct"}, {name: "relayed"}}
	for i, s := range sides {
		o := lean.Options{Target: t.addr, Clients: b.count(200, 8), Sources: homes, Polling: true, Connecting: 32}
		if i == 1 {
			o.Away = other(homes)
		}
		if s.fleet, err = b.open(o); err != nil {
			return err
		}
	}
	n, err := b.turns([]*target{t}, sides, b.count(5000, 50), func() (float64, error) { return relaysOf(t) })
	if err == nil {
		err = passedOn(sides, n)
	}
	if err != nil {
		return err
	}
	b.tellBeside(sides, n, "a request, POST and GET,", relayedOfDirect)
	return nil
}

// other is each of two addresses' other one.
func other(two []netip.Addr) func(netip.Addr) netip.Addr {
	return func(a netip.Addr) netip.Addr {
		if a == two[0] {
			return two[1]
		}
		return two[0]
	}
}

// relaysOf counts, when the workers have had time to tell.
func relaysOf(t *target) (float64, error) {
	<-time.After(told)
	return t.metric("ioserver_relays_asked_total", "")
}

// told is the time after which the metrics know of everything.
const told = 1200 * time.Millisecond

// addresses returns one address for each of the first slots.
func (b *bench) addresses(t *target, slots int) ([]netip.Addr, error) {
	f, err := b.open(lean.Options{Target: t.addr, Clients: 16 * slots, Sources: lean.Sources(16 * slots)})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	found, n := make([]netip.Addr, slots), 0
	for i, c := range f.Clients {
		s, err := slot(c.SID)
		if err != nil {
			return nil, err
		}
		if s < slots && !found[s].IsValid() {
			found[s] = lean.Sources(16 * slots)[i]
			n++
		}
	}
	if n < slots {
		return nil, fmt.Errorf("only %d of %d slots found", n, slots)
	}
	return found, nil
}

// slot is the worker's that a session lives in: a byte of its id.
func slot(sid string) (int, error) {
	b, err := base64.RawURLEncoding.DecodeString(sid)
	if err != nil || len(b) < 3 {
		return 0, fmt.Errorf("session id %q: %v", sid, err)
	}
	return int(b[2]), nil
}

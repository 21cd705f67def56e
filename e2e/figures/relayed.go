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
	other := func(a netip.Addr) netip.Addr {
		if a == homes[0] {
			return homes[1]
		}
		return homes[0]
	}
	fleets := make([]*lean.Fleet, 2)
	for i, away := range []func(netip.Addr) netip.Addr{nil, other} {
		o := lean.Options{Target: t.addr, Clients: b.count(200, 8), Sources: homes, Polling: true, Connecting: 32, Away: away}
		if fleets[i], err = b.open(o); err != nil {
			return err
		}
	}
	spent, took, relays := make([]time.Duration, 2), make([]lean.Latencies, 2), make([]float64, 2)
	rounds, requests := b.count(4, 1), b.count(5000, 50)
	before, err := relaysOf(t)
	if err != nil {
		return err
	}
	for range rounds {
		for i, f := range fleets {
			s, err := t.spent(func() error {
				l, err := f.Ask(lean.Asking{Clients: f.Clients, Args: echo, Total: requests, Window: polledAtOnce}, patience)
				took[i] = append(took[i], l...)
				return err
			})
			if err != nil {
				return err
			}
			after, err := relaysOf(t)
			if err != nil {
				return err
			}
			spent[i] += s
			relays[i] += after - before
			before = after
		}
	}
	n := float64(rounds * requests)
	// the GETs of the clients that ask last wait beyond the end
	if relays[0] != 0 || relays[1] < 1.9*n || relays[1] > 2.1*n {
		return fmt.Errorf("%.0f requests relayed of %.0f direct ones, %.0f of %.0f others", relays[0], 2*n, relays[1], 2*n)
	}
	b.tell(figure{name: "CPU a request, POST and GET", value: microseconds(spent[1]) / n, unit: "µs", yard: "direct", yardValue: microseconds(spent[0]) / n, how: ratio, target: relayedOfDirect})
	b.tell(figure{name: "latency of it, p50", value: milliseconds(took[1].At(.5)), unit: "ms", yard: "direct", yardValue: milliseconds(took[0].At(.5)), how: ratio, open: true})
	return nil
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

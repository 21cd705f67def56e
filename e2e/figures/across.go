package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const acrossOfDirect = 4

// side is one of several kinds of client that are measured in turns.
type side struct {
	name  string
	fleet *lean.Fleet
	spent time.Duration
	took  lean.Latencies
	count float64 // by how much a counter grew
}

// turns has each side's clients ask, round by round. Processor time is that of
// all servers; counted is read after each.
func (b *bench) turns(servers []*target, sides []*side, requests int, counted func() (float64, error)) (total float64, err error) {
	rounds := b.count(4, 1)
	before, err := counted()
	if err != nil {
		return 0, err
	}
	for range rounds {
		for _, s := range sides {
			spent, err := spentBy(servers, func() error {
				l, err := s.fleet.Ask(lean.Asking{Clients: s.fleet.Clients, Args: echo, Total: requests, Window: polledAtOnce}, patience)
				s.took = append(s.took, l...)
				return err
			})
			if err != nil {
				return 0, fmt.Errorf("%s: %w", s.name, err)
			}
			after, err := counted()
			if err != nil {
				return 0, err
			}
			s.spent += spent
			s.count += after - before
			before = after
		}
	}
	return float64(rounds * requests), nil
}

// tellBeside tells what each side took beside the first.
func (b *bench) tellBeside(sides []*side, n float64, what string, targets ...float64) {
	for i, s := range sides[1:] {
		f := figure{name: "CPU " + what + " " + s.name, value: microseconds(s.spent) / n, unit: "µs", yard: sides[0].name, yardValue: microseconds(sides[0].spent) / n, how: ratio, open: true}
		if i < len(targets) && targets[i] > 0 {
			f.target, f.open = targets[i], false
		}
		b.tell(f)
		b.tell(figure{name: "latency of it, p50, " + s.name, value: milliseconds(s.took.At(.5)), unit: "ms", yard: sides[0].name, yardValue: milliseconds(sides[0].took.At(.5)), how: ratio, open: true})
	}
}

// across measures clients that poll where their session is, those that poll at
// another worker of its machine, and those that poll at another machine. The two
// machines share a NATS server, whose time counts too.
func across(b *bench) error {
	m, err := b.machines(2)
	if err != nil {
		return err
	}
	homes, err := b.addresses(m.nodes[0], machineWorkers)
	if err != nil {
		return err
	}
	swap := other(homes)
	sides := []*side{{name: "direct"}, {name: "on the machine"}, {name: "across"}}
	for i, s := range sides {
		o := lean.Options{Target: m.nodes[0].addr, Clients: b.count(200, 8), Sources: homes, Polling: true, Connecting: 32}
		switch i {
		case 1:
			o.Away = swap
		case 2:
			o.AwayTo = m.nodes[1].addr
		}
		if s.fleet, err = b.open(o); err != nil {
			return err
		}
	}
	n, err := b.turns(m.all(), sides, b.count(5000, 50), func() (float64, error) {
		<-time.After(told)
		return m.sum("ioserver_relays_asked_total", "")
	})
	if err != nil {
		return err
	}
	if err := passedOn(sides, n); err != nil {
		return err
	}
	b.tellBeside(sides, n, "a request,", relayedOfDirect, acrossOfDirect)
	return nil
}

// passedOn checks that none of the first side's polls and posts was relayed, and
// all of the others'.
func passedOn(sides []*side, n float64) error {
	for i, s := range sides {
		// the GETs of the clients that ask last wait beyond the end, and one may bring two acknowledgements
		if i == 0 && s.count != 0 || i > 0 && (s.count < 1.5*n || s.count > 2.5*n) {
			return fmt.Errorf("%s: %.0f of %.0f requests relayed", s.name, s.count, 2*n)
		}
	}
	return nil
}

// sum adds a metric up over the nodes.
func (m *machines) sum(name, labels string) (sum float64, err error) {
	for _, t := range m.nodes {
		one, oneErr := t.metric(name, labels)
		sum, err = sum+one, errors.Join(err, oneErr)
	}
	return sum, err
}

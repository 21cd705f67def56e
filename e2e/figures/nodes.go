package main

import (
	"net/netip"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const nodesOfOne = 2 // of one node's cost

// nodes has clusters of one machine and of three there all the time, each with a
// NATS server of its own and its clients on all machines, and measures them in
// turns: messages for one client each, from posters at all machines.
func nodes(b *bench) error {
	type side struct {
		*machines
		fleet *lean.Fleet
		spent float64
	}
	sides := []*side{}
	for _, n := range []int{1, 3} {
		m, err := b.machines(n)
		if err != nil {
			return err
		}
		o := lean.Options{Target: m.nodes[0].addr, Clients: b.count(2000, 21), Sources: lean.Sources(250)}
		for _, t := range m.nodes[1:] {
			o.More = append(o.More, t.addr)
		}
		f, err := b.open(o)
		if err != nil {
			return err
		}
		sides = append(sides, &side{machines: m, fleet: f})
	}
	rounds, messages := 4, b.count(5000, 50)
	for range rounds {
		for _, s := range sides {
			var apis []netip.AddrPort
			for _, t := range s.nodes {
				apis = append(apis, t.api)
			}
			spent, err := spentBy(s.all(), func() error { return toEach(s.fleet, messages, apis...) })
			if err != nil {
				return err
			}
			s.spent += microseconds(spent)
		}
	}
	each := func(s *side) float64 { return s.spent / float64(rounds*messages) }
	b.tell(figure{name: "CPU a message, three nodes", value: each(sides[1]), unit: "µs", yard: "one node", yardValue: each(sides[0]), how: ratio, target: nodesOfOne})
	return nil
}

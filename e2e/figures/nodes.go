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
	sides := []*reached{}
	for _, n := range []int{1, 3} {
		m, err := b.machines(n)
		if err != nil {
			return err
		}
		o := lean.Options{Target: m.nodes[0].addr, Clients: b.count(2000, 21), Sources: lean.Sources(250)}
		s := &reached{servers: m.all(), apis: []netip.AddrPort{m.nodes[0].api}}
		for _, t := range m.nodes[1:] {
			o.More = append(o.More, t.addr)
			s.apis = append(s.apis, t.api)
		}
		if s.fleet, err = b.open(o); err != nil {
			return err
		}
		sides = append(sides, s)
	}
	if err := b.reach(sides); err != nil {
		return err
	}
	b.tell(figure{name: "CPU a message, three nodes", value: sides[1].each, unit: "µs", yard: "one node", yardValue: sides[0].each, how: ratio, target: nodesOfOne})
	return nil
}

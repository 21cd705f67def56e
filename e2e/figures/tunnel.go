package main

import (
	"fmt"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

// tunnel measures acknowledgements over WebSockets at the machine of their
// session, and over those that another machine carries.
func tunnel(b *bench) error {
	m, err := b.machines(2)
	if err != nil {
		return err
	}
	sides := []*side{{name: "direct"}, {name: "tunnelled"}}
	clients := b.count(200, 8)
	for i, s := range sides {
		o := lean.Options{Target: m.nodes[0].addr, Clients: clients, Sources: lean.Sources(64), Upgrade: true, Connecting: 32}
		if i == 1 {
			o.AwayTo = m.nodes[1].addr
		}
		if s.fleet, err = b.open(o); err != nil {
			return err
		}
	}
	<-time.After(told)
	tunnels := func() (float64, error) { return m.sum(tunnelsMetric, `end="client"`) }
	if carried, err := tunnels(); err != nil || carried != float64(clients) {
		return fmt.Errorf("%.0f of %d connections tunnelled, %v", carried, clients, err)
	}
	n, err := b.turns(m.all(), sides, b.count(20_000, 50), tunnels)
	if err != nil {
		return err
	}
	b.tellBeside(sides, n, "an echo,")
	return nil
}

// tunnelsMetric counts connections that a machine carries for sessions of others.
const tunnelsMetric = "ioserver_tunnels_total"

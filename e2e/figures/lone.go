package main

import (
	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const loneBeyond = 0.12 // ms

// lone measures acknowledgements of the binary and of the floor in turns, both
// with their clients connected all the while.
func lone(b *bench) error {
	t, err := b.demo(2)
	if err != nil {
		return err
	}
	targets, names := []*target{t}, []string{"ioserver"}
	if b.floor != "" {
		f, err := b.bare()
		if err != nil {
			return err
		}
		targets, names = append(targets, f), append(names, "floor")
	}
	fleets := make([]*lean.Fleet, len(targets))
	for i, t := range targets {
		if fleets[i], err = b.open(lean.Options{Target: t.addr, Clients: b.count(2000, 20), Sources: lean.Sources(32)}); err != nil {
			return err
		}
	}
	took := make([]lean.Latencies, len(targets))
	for range b.count(5, 2) {
		for i, f := range fleets {
			l, err := f.Ask(lean.Asking{Clients: f.Clients, Args: echo, Total: b.count(2000, 20), Window: 1}, patience)
			if err != nil {
				return err
			}
			took[i] = append(took[i], l...)
		}
	}
	for _, q := range []struct {
		name string
		at   float64
		open bool
	}{{"p50", 0.5, false}, {"p99", 0.99, true}} {
		g := figure{name: "acknowledgement alone, " + q.name, value: milliseconds(took[0].At(q.at)), unit: "ms", how: beyond, target: loneBeyond, open: q.open}
		if len(took) > 1 {
			g.yard, g.yardValue = names[1], milliseconds(took[1].At(q.at))
		}
		b.tell(g)
	}
	return nil
}

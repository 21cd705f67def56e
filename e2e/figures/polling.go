package main

import (
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const (
	pollingOfNode = 0.25
	polledAtOnce  = 64
)

// polling measures a POST with an event to acknowledge and the GET that brings
// the acknowledgement, in turns with the reference. A poll always waits, as with
// real clients.
func polling(b *bench) error {
	ours, err := b.demo(2)
	if err != nil {
		return err
	}
	node, err := b.cluster(2)
	if err != nil {
		return err
	}
	targets, spent := []*target{ours, node}, make([]time.Duration, 2)
	fleets := make([]*lean.Fleet, 2)
	for i, t := range targets {
		if fleets[i], err = b.open(lean.Options{Target: t.addr, Clients: b.count(200, 8), Sources: lean.Sources(64), Polling: true, Connecting: 32}); err != nil {
			return err
		}
	}
	took := make([]lean.Latencies, 2)
	rounds, requests := b.count(4, 1), b.count(5000, 50)
	for range rounds {
		for i, f := range fleets {
			s, err := targets[i].spent(func() error {
				l, err := f.Ask(lean.Asking{Clients: f.Clients, Args: echo, Total: requests, Window: polledAtOnce}, patience)
				took[i] = append(took[i], l...)
				return err
			})
			if err != nil {
				return err
			}
			spent[i] += s
		}
	}
	each := func(i int) float64 { return microseconds(spent[i]) / float64(rounds*requests) }
	b.tell(figure{name: "CPU a request, POST and GET", value: each(0), unit: "µs", yard: "node x2", yardValue: each(1), how: ratio, target: pollingOfNode})
	b.tell(figure{name: "latency of it, p50", value: milliseconds(took[0].At(.5)), unit: "ms", yard: "node x2", yardValue: milliseconds(took[1].At(.5)), how: ratio, open: true})
	return nil
}

package main

import (
	"fmt"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const (
	crossRate      = 100 // a second
	crossMedian    = 0.15
	crossTail      = 0.6
	crossRoom      = "hall"
	crossWordBytes = 64
)

// cross measures what one client tells a room, as a client of the same worker and
// one of the other worker hear it.
func cross(b *bench) error {
	t, err := b.serve(b.app, 2)
	if err != nil {
		return err
	}
	homes, err := b.addresses(t, 2)
	if err != nil {
		return err
	}
	// the speaker, and a listener of each worker
	f, err := b.open(lean.Options{Target: t.addr, Clients: 4, Sources: homes})
	if err != nil {
		return err
	}
	speakers, listeners := f.Clients[:2], f.Clients[2:]
	if _, err := f.Ask(lean.Asking{Clients: listeners, Args: `["enter",["` + crossRoom + `"]]`, Total: 2, Window: 2}, patience); err != nil {
		return err
	}
	if err := settle(f, b.span(2*time.Second)); err != nil { // interest travels
		return err
	}
	var same, other lean.Latencies
	for _, speaker := range speakers { // each worker in turn
		s, o, err := broadcasts(f, speaker, b.span(15*time.Second))
		if err != nil {
			return err
		}
		same, other = append(same, s...), append(other, o...)
	}
	for _, q := range []struct {
		name   string
		at     float64
		target float64
	}{{"p50", 0.5, crossMedian}, {"p99", 0.99, crossTail}} {
		b.tell(figure{name: "later than the same message, " + q.name, value: milliseconds(later(same, other).At(q.at)), unit: "ms", how: alone, open: true})
		b.tell(figure{name: "broadcast to another worker, " + q.name, value: milliseconds(other.At(q.at)), unit: "ms",
			yard: "same worker", yardValue: milliseconds(same.At(q.at)), how: beyond, target: q.target})
	}
	return nil
}

// later is by how much each message came later to the other worker's listener.
func later(same, other lean.Latencies) lean.Latencies {
	all := make(lean.Latencies, len(same))
	for i := range all {
		all[i] = other[i] - same[i]
	}
	return all
}

// broadcasts has the speaker tell the room, and returns how long each message took
// to the listener of its own worker and to the other.
func broadcasts(f *lean.Fleet, speaker *lean.Client, length time.Duration) (same, other lean.Latencies, err error) {
	wrong, sent := 0, 0
	f.OnEvent = func(c *lean.Client, args []byte) {
		now := lean.Clock()
		due, ok := lean.Number(args, "T")
		switch {
		case !ok:
			wrong++
		case c.Index%2 == speaker.Index%2:
			same = append(same, now-due)
		default:
			other = append(other, now-due)
		}
	}
	defer func() { f.OnEvent = nil }()
	err = f.Pace(crossRate, length, func(i int, due int64) {
		sent++
		speaker.Emit(`["tell","` + crossRoom + `","` + word(i, lean.Clock(), crossWordBytes) + `"]`)
	})
	if err == nil {
		err = f.Until(patience, func() bool { return len(same)+len(other) >= 2*sent || f.Lost > 0 })
	}
	if err != nil || wrong > 0 || len(same) != sent || len(other) != sent {
		return nil, nil, fmt.Errorf("%d messages: %d to the same worker, %d to the other, %d wrong, %v", sent, len(same), len(other), wrong, err)
	}
	return same, other, nil
}

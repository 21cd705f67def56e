package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

// hearing is clients that hear broadcasts, one of which speaks.
type hearing struct {
	fleet *lean.Fleet
	took  lean.Latencies // from when a broadcast was due
	large int            // messages for one client
	sent  int
}

func listenTo(f *lean.Fleet) *hearing {
	h := &hearing{fleet: f}
	f.OnEvent = func(_ *lean.Client, args []byte) {
		if len(args) > deafWordBytes {
			h.large++
		} else if due, ok := lean.Number(args, "T"); ok {
			h.took = append(h.took, lean.Clock()-due)
		}
	}
	return h
}

func (h *hearing) end() { h.fleet.OnEvent = nil }

// speak broadcasts for some time, and as often tells one client something large.
func (h *hearing) speak(one *lean.Client, length time.Duration) error {
	speaker := h.fleet.Clients[0]
	return h.fleet.Pace(deafRate, length, func(i int, due int64) {
		h.sent++
		speaker.Emit(`["tell","` + one.ID + `","` + word(i, 0, deafWordBytes) + `"]`)
		speaker.Emit(`["tell","","` + word(i, due, 64) + `"]`)
	})
}

// await waits until everybody has heard all of it, and so many large ones.
func (h *hearing) await(large int) error {
	want := h.sent * len(h.fleet.Clients)
	err := h.fleet.Until(patience, func() bool { return len(h.took) >= want && h.large >= large || h.fleet.Lost > 0 })
	if err != nil || h.fleet.Lost > 0 || len(h.took) != want || h.large != large {
		return errors.Join(fmt.Errorf("%d of %d broadcasts heard, %d of %d others", len(h.took), want, h.large, large), h.fleet.Whole(), err)
	}
	return nil
}

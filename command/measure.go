package command

import (
	"context"
	"time"

	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// measureInterval is how often the broker tells how it is.
const measureInterval = time.Second

// measure fills the broker's row of the scoreboard until ctx ends. It owns the
// board.
func measure(ctx context.Context, board *scoreboard.Board, stats *embedded.Stats) error {
	row := board.Broker()
	before := row.Counters[scoreboard.PeersRefused].Load() // by its predecessors
	tick := time.NewTicker(measureInterval)
	defer tick.Stop()
	for {
		row.Gauges[scoreboard.Routes].Store(stats.Routes.Load())
		row.Counters[scoreboard.PeersRefused].Store(before + stats.Refused.Load())
		row.Measure()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return board.Close()
		}
	}
}

package command

import (
	"context"
	"time"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// measureInterval is how often the broker tells how it is.
const measureInterval = time.Second

// measure fills the broker's row of the scoreboard until ctx ends. It owns the
// board.
func measure(ctx context.Context, board *scoreboard.Board) error {
	tick := time.NewTicker(measureInterval)
	defer tick.Stop()
	for {
		board.Broker().Measure()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return board.Close()
		}
	}
}

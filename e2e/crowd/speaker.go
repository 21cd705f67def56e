package crowd

import (
	"context"
	"fmt"
	"time"
)

// everybody is how the test application is asked for a broadcast to all.
var everybody = map[string]any{"from": "server"}

// Say has the application broadcast one number to everybody, and returns when
// it has acknowledged that.
func Say(ctx context.Context, c *Client, sender string, number int) error {
	_, err := c.Ask(ctx, "broadcast", everybody, Numbers, sender, number)
	return err
}

// Speak says one number after the other, one each pause, until over is closed,
// and returns the last number of each name that it spoke under: after its
// connection has ended it takes another name, because nobody can tell what has
// become of the number that was under way. ctx bounds each step.
func Speak(ctx context.Context, over <-chan struct{}, c *Client, name string, pause time.Duration) map[string]int {
	said := make(map[string]int)
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for life, number := 1, 0; ; {
		select {
		case <-tick.C:
		case <-over:
			return said
		case <-ctx.Done():
			return said
		}
		as := fmt.Sprintf("%s.%d", name, life)
		if err := Say(ctx, c, as, number+1); err != nil {
			if c.Joined(ctx) != nil {
				return said
			}
			life, number = life+1, 0
			continue
		}
		number++
		said[as] = number
	}
}

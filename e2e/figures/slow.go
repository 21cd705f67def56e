package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const (
	slowMoves  = 0.10
	slowRate   = 3000 // requests a second
	slowEvery  = 100  // one request of so many
	slowRounds = 16
)

// slow asks at a fixed rate, in turns with and without 1% of the requests meeting
// a handler that sleeps. Those always come from the same clients, which do not
// count.
func slow(b *bench) error {
	t, err := b.serve(b.app, 2)
	if err != nil {
		return err
	}
	f, err := b.open(lean.Options{Target: t.addr, Clients: 1100, Sources: lean.Sources(64)})
	if err != nil {
		return err
	}
	length := b.span(time.Second)
	sleepy := strings.Replace(echo, "echo", "slow", 1)
	var without, with [2][]float64 // p50, p99 of each round
	if _, err := steady(f, echo, length); err != nil {
		return err
	}
	for range b.count(slowRounds, 1) {
		for _, side := range []struct {
			args string
			to   *[2][]float64
		}{{echo, &without}, {sleepy, &with}} {
			took, err := steady(f, side.args, length)
			if err != nil {
				return err
			}
			side.to[0] = append(side.to[0], milliseconds(took.At(.5)))
			side.to[1] = append(side.to[1], milliseconds(took.At(.99)))
		}
	}
	b.tell(figure{name: "others' p99 while 1% sleep 50 ms", value: middle(with[1]), unit: "ms", yard: "none sleep", yardValue: middle(without[1]), how: change, target: slowMoves})
	b.tell(figure{name: "others' p50", value: middle(with[0]), unit: "ms", yard: "none sleep", yardValue: middle(without[0]), how: change, open: true})
	return nil
}

// steady has 1,000 clients echo, and one request of a hundred be something else
// of the other hundred clients. It returns how long the 1,000 waited, from when
// they were to ask.
func steady(f *lean.Fleet, special string, length time.Duration) (lean.Latencies, error) {
	const others = 100
	due := make([]int64, len(f.Clients))
	open, skipped := 0, 0
	var took lean.Latencies
	f.OnAck = func(c *lean.Client, _ []byte) {
		open--
		if c.Index >= others {
			took = append(took, lean.Clock()-due[c.Index])
		}
		due[c.Index] = 0
	}
	defer func() { f.OnAck = nil }()
	err := f.Pace(slowRate, length, func(i int, at int64) {
		c, args := f.Clients[others+i%(len(f.Clients)-others)], echo
		if i%slowEvery == 0 {
			c, args = f.Clients[i/slowEvery%others], special
		}
		if due[c.Index] != 0 {
			skipped++
			return
		}
		due[c.Index] = at
		open++
		c.Ask(args)
	})
	if err == nil {
		err = f.Until(patience, func() bool { return open == 0 || f.Lost > 0 })
	}
	if err = errors.Join(err, f.Whole()); err == nil && skipped > 0 {
		err = fmt.Errorf("%d clients had no answer within the time of all others' requests", skipped)
	}
	return took, err
}

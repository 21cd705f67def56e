package main

import (
	"slices"
	"time"
)

const readyWithin = 1000 // ms

// start measures from the start of the process until it says that all workers
// serve, and until they hear each other.
func start(b *bench) error {
	var all []time.Duration
	for range b.count(5, 1) {
		began := time.Now()
		if _, err := b.demo(b.count(8, 2)); err != nil {
			return err
		}
		all = append(all, time.Since(began))
		if err := b.stop(); err != nil {
			return err
		}
	}
	slices.Sort(all)
	b.tell(figure{name: "ready, on the bus too", value: milliseconds(all[len(all)/2]), unit: "ms", how: alone, target: readyWithin})
	b.tell(figure{name: "the slowest of them", value: milliseconds(all[len(all)-1]), unit: "ms", how: alone, target: readyWithin})
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
func microseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

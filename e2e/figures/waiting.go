package main

import (
	"fmt"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const (
	waitingKB     = 5
	waitingSettle = 10 * time.Second
)

// waiting measures clients that have joined and poll.
func waiting(b *bench) error {
	for _, clients := range []int{2000, 9000} { // each has two connections at first
		if b.tiny {
			clients /= 100
		}
		t, err := b.demo(2)
		if err != nil {
			return err
		}
		if err := restful(b); err != nil {
			return err
		}
		before, err := t.pss()
		if err != nil {
			return err
		}
		f, err := b.open(lean.Options{Target: t.addr, Clients: clients, Sources: lean.Sources(64), Polling: true})
		if err != nil {
			return err
		}
		if err := settle(f, b.span(waitingSettle)); err != nil {
			return err
		}
		after, err := t.pss()
		if err != nil {
			return err
		}
		b.tell(figure{name: fmt.Sprintf("memory a polling client, of %d", clients), value: (after - before) / float64(clients), unit: "kB PSS", how: alone, target: waitingKB})
		b.tell(figure{name: "before any", value: before / 1000, unit: "MB PSS", how: alone, open: true})
		if err := b.stop(); err != nil {
			return err
		}
	}
	return nil
}

// restful lets a fresh server come to rest.
func restful(b *bench) error {
	select {
	case <-b.ctx.Done():
		return b.ctx.Err()
	case <-time.After(b.span(2 * time.Second)):
		return nil
	}
}

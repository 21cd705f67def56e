package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const (
	deafMoves     = 0.10
	deafRate      = 50      // broadcasts a second
	deafWordBytes = 32_000  // of what is told that client alone, as often
	deafCap       = 4 << 20 // of its queue, bytes, by docs/configuration.md
	deafRounds    = 3
	deafPatience  = 40 * time.Second // in which its queue and the kernel's buffers are full
)

// deaf broadcasts small messages to 1,001 clients, of which one is told large ones
// besides: in turns one that reads, and one that does not until the server closes
// it.
func deaf(b *bench) error {
	t, err := b.serve(b.app, 2)
	if err != nil {
		return err
	}
	f, err := b.open(lean.Options{Target: t.addr, Clients: b.count(1000, 50) + 1, Sources: lean.Sources(64)})
	if err != nil {
		return err
	}
	length := b.span(5 * time.Second)
	if _, err := listened(f, t, &hearing{length: length}); err != nil {
		return err
	}
	var reads, not []float64
	most := 0.0
	rounds := b.count(deafRounds, 1)
	for range rounds {
		took, err := listened(f, t, &hearing{length: length})
		if err != nil {
			return err
		}
		reads = append(reads, milliseconds(took.At(.99)))
		l := &hearing{deaf: true, length: length}
		if took, err = listened(f, t, l); err != nil {
			return err
		}
		not = append(not, milliseconds(took.At(.99)))
		most = max(most, l.most)
	}
	named, err := t.metric(disconnects, overflowed)
	if err != nil {
		return err
	}
	if int(named) != rounds {
		return fmt.Errorf("%.0f of %d clients that read nothing closed with \"buffer overflow\"", named, rounds)
	}
	b.tell(figure{name: "others' p99 beside one that reads none", value: middle(not), unit: "ms", yard: "it reads", yardValue: middle(reads), how: change, target: deafMoves})
	b.tell(figure{name: "its queue", value: most, unit: "bytes", how: alone, target: deafCap})
	b.tell(figure{name: "closed by name, of those that read none", value: named, unit: "clients", how: alone, open: true})
	return nil
}

// hearing is one phase.
type hearing struct {
	deaf   bool
	length time.Duration
	most   float64 // bytes that waited, as far as the metrics have seen
}

// listened returns how long broadcasts took to the clients that read.
func listened(f *lean.Fleet, t *target, l *hearing) (took lean.Latencies, err error) {
	speaker, hears := f.Clients[0], f.Clients[0]
	var other *lean.Fleet
	if l.deaf {
		if other, err = lean.Open(f.Loop, lean.Options{Target: t.addr, Clients: 1, Sources: lean.Sources(1), ReceiveBuffer: 4096}, patience); err != nil {
			return nil, err
		}
		defer other.Close()
		hears = other.Clients[0]
		hears.StopReading()
	}
	large := 0
	f.OnEvent = func(c *lean.Client, args []byte) {
		if len(args) > deafWordBytes {
			large++
		} else if due, ok := lean.Number(args, "T"); ok {
			took = append(took, lean.Clock()-due)
		}
	}
	defer func() { f.OnEvent = nil }()
	seen := watch(t)
	defer func() {
		most, watchErr := seen.end()
		l.most, err = most, errors.Join(err, watchErr)
	}()
	sent := 0
	for began := time.Now(); sent == 0 || l.deaf && !seen.closed.Load(); {
		if time.Since(began) > deafPatience {
			return nil, errors.New("a client that reads nothing stays")
		}
		err := f.Pace(deafRate, l.length, func(i int, due int64) {
			sent++
			speaker.Emit(`["tell","` + hears.ID + `","` + word(i, 0, deafWordBytes) + `"]`)
			speaker.Emit(`["tell","","` + word(i, due, 64) + `"]`)
		})
		if err != nil {
			return nil, err
		}
	}
	wantLarge := sent
	if l.deaf {
		wantLarge = 0
	}
	err = f.Until(patience, func() bool { return len(took) >= sent*len(f.Clients) && large >= wantLarge || f.Lost > 0 })
	if err != nil || f.Lost > 0 || len(took) != sent*len(f.Clients) || large != wantLarge {
		return nil, errors.Join(fmt.Errorf("%d of %d broadcasts heard, %d of %d others", len(took), sent*len(f.Clients), large, wantLarge), f.Whole(), err)
	}
	return took, nil
}

package main

import (
	"fmt"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
)

const (
	deafMoves     = 0.10
	deafRate      = 25      // broadcasts a second
	deafWordBytes = 60_000  // of what is told that client alone, as often
	deafCap       = 4 << 20 // of its queue, bytes, by docs/configuration.md
	deafRounds    = 5
	deafPatience  = 40 * time.Second // in which its queue and the kernel's buffers are full
)

// deaf broadcasts small messages to 1,001 clients and large ones to one of them,
// in turns with one more that is told the large ones instead, and reads nothing
// until the server closes it.
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
	if _, err := attentive(f, length); err != nil { // warms up
		return err
	}
	var reads, not, queues []float64
	rounds := b.count(deafRounds, 1)
	for range rounds {
		p99, err := attentive(f, length)
		if err != nil {
			return err
		}
		reads = append(reads, p99)
		p99, queue, err := inattentive(f, t, length)
		if err != nil {
			return err
		}
		not, queues = append(not, p99), append(queues, queue)
	}
	named, err := t.metric(disconnects, overflowed)
	if err != nil {
		return err
	}
	if int(named) != rounds {
		return fmt.Errorf("%.0f of %d clients that read nothing closed with \"buffer overflow\"", named, rounds)
	}
	b.tell(figure{name: "others' p99 beside one that reads none", value: middle(not), unit: "ms", yard: "it reads", yardValue: middle(reads), how: change, target: deafMoves})
	b.tell(figure{name: "its queue when it was closed", value: middle(queues), unit: "bytes", how: alone, target: deafCap + deafWordBytes})
	b.tell(figure{name: "closed by name, of those that read none", value: named, unit: "clients", how: alone, open: true})
	return nil
}

// attentive returns the p99 of broadcasts where all read.
func attentive(f *lean.Fleet, length time.Duration) (p99 float64, err error) {
	h := listenTo(f)
	defer h.end()
	if err := h.speak(f.Clients[0], length); err != nil {
		return 0, err
	}
	err = h.await(h.sent)
	return milliseconds(h.took.At(.99)), err
}

// inattentive returns the same beside a client that reads nothing until it is
// closed, and what its queue had come to: what it was told, by the server's
// count, without what the kernel had taken.
func inattentive(f *lean.Fleet, t *target, length time.Duration) (p99, queue float64, err error) {
	other, err := lean.Open(f.Loop, lean.Options{Target: t.addr, Clients: 1, Sources: lean.Sources(1), ReceiveBuffer: 4096}, patience)
	if err != nil {
		return 0, 0, err
	}
	defer other.Close()
	<-time.After(told)
	before, err := t.metric("ioserver_deliveries_total", "")
	if err != nil {
		return 0, 0, err
	}
	victim, large := other.Clients[0], 0
	victim.StopReading()
	other.OnEvent = func(_ *lean.Client, args []byte) {
		if len(args) > deafWordBytes {
			large++
		}
	}
	h, w := listenTo(f), watch(t)
	defer h.end()
	for began := time.Now(); err == nil && (h.sent == 0 || !w.closed.Load()); {
		if err = h.speak(victim, length); time.Since(began) > deafPatience {
			err = fmt.Errorf("a client that reads nothing stays")
		}
	}
	if watched := w.end(); err != nil || watched != nil {
		return 0, 0, fmt.Errorf("%v, %v", err, watched)
	}
	if err := h.await(0); err != nil {
		return 0, 0, err
	}
	<-time.After(told)
	after, err := t.metric("ioserver_deliveries_total", "")
	if err != nil {
		return 0, 0, err
	}
	victim.ReadAgain()
	if err := other.Until(patience, func() bool { return other.Lost > 0 }); err != nil {
		return 0, 0, fmt.Errorf("the client that was closed does not hear of it: %w", err)
	}
	// it was told large and small ones in turn, the others small ones only
	toldIt := (after - before - float64(h.sent*len(f.Clients))) / 2
	return milliseconds(h.took.At(.99)), (toldIt - float64(large)) * deafWordBytes, nil
}

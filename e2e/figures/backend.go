package main

import (
	"os"
	"path/filepath"
	"time"

	"github.com/ioserver/ioserver/e2e/figures/lean"
	"github.com/ioserver/ioserver/e2e/server"
)

const (
	backendWorkers = 2
	backendWindow  = 64 // events under way at once, where it is not one
)

// answering is a server whose clients' events are answered in one way.
type answering struct {
	name        string
	server      *target
	application *target // nil: it is the server
	fleet       *lean.Fleet

	alone, busy         lean.Latencies
	serverCPU, outerCPU time.Duration // while it was busy
}

// backend has the same event acknowledged by a handler within the server and by
// applications outside, in turns.
func backend(b *bench) error {
	ways := []*answering{{name: "handler in Go"}, {name: "NATS"}, {name: "webhook"}}
	for i, begin := range []func(*answering) error{b.answerWithin, b.answerOverNATS, b.answerByWebhook} {
		w := ways[i]
		err := begin(w)
		if err == nil {
			w.fleet, err = b.open(lean.Options{Target: w.server.addr, Clients: b.count(200, 10), Sources: lean.Sources(32)})
		}
		if err != nil {
			return err
		}
	}
	rounds, lone, busy := b.count(6, 2), b.count(1000, 20), b.count(10000, 100)
	for round := range rounds {
		for _, w := range ways {
			if err := w.ask(lone, busy, round > 0); err != nil {
				return err
			}
		}
	}
	b.tellAnswering(ways, float64((rounds-1)*busy))
	return nil
}

func (b *bench) answerWithin(w *answering) (err error) {
	w.server, err = b.serve(b.app, backendWorkers)
	return err
}

func (b *bench) answerOverNATS(w *answering) (err error) {
	credentials := filepath.Join(b.dir, "application.json")
	if w.server, err = b.serve(b.ioserver, backendWorkers, "--backend=nats", "--backend-credentials="+credentials); err != nil {
		return err
	}
	w.application, _, err = b.application("nats", credentials)
	return err
}

func (b *bench) answerByWebhook(w *answering) error {
	secret := filepath.Join(b.dir, "application.secret")
	err := os.WriteFile(secret, []byte("figures-on-loopback"), 0o600)
	if err != nil {
		return err
	}
	application, addr, err := b.application("webhook", secret)
	if err != nil {
		return err
	}
	w.application = application
	w.server, err = b.serve(b.ioserver, backendWorkers, "--backend=http://"+addr+"/", "--backend-secret-file="+secret)
	return err
}

// application starts a process that ends with the row.
func (b *bench) application(args ...string) (t *target, addr string, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	s, err := server.Start(server.Command{Name: "application", Args: append([]string{self, applicationCommand}, args...), Ready: listening})
	if err != nil {
		return nil, "", err
	}
	t = &target{pid: s.PID(), end: s.Stop}
	b.running = append(b.running, t)
	return t, s.Addr, nil
}

// ask is one round; the first one only warms up.
func (w *answering) ask(lone, busy int, counts bool) error {
	one, err := w.fleet.Ask(lean.Asking{Clients: w.fleet.Clients, Args: echo, Total: lone, Window: 1}, patience)
	if err != nil {
		return err
	}
	inner, outer, err := w.spent()
	if err != nil {
		return err
	}
	many, err := w.fleet.Ask(lean.Asking{Clients: w.fleet.Clients, Args: echo, Total: busy, Window: backendWindow}, patience)
	if err != nil || !counts {
		return err
	}
	innerThen, outerThen, err := w.spent()
	w.alone, w.busy = append(w.alone, one...), append(w.busy, many...)
	w.serverCPU += innerThen - inner
	w.outerCPU += outerThen - outer
	return err
}

// spent is the processor time of the server and of the application so far.
func (w *answering) spent() (inner, outer time.Duration, err error) {
	if inner, err = w.server.cpu(); err == nil && w.application != nil {
		outer, err = w.application.cpu()
	}
	return inner, outer, err
}

// tellAnswering compares each way with the first.
func (b *bench) tellAnswering(ways []*answering, events float64) {
	yard := ways[0]
	for _, w := range ways {
		tell := func(what, unit string, how relation, value, yardValue float64) {
			f := figure{name: what + ", " + w.name, value: value, unit: unit, how: how, open: true}
			if w != yard {
				f.yard, f.yardValue = yard.name, yardValue
			}
			b.tell(f)
		}
		tell("ack alone, p50", "ms", beyond, milliseconds(w.alone.At(.5)), milliseconds(yard.alone.At(.5)))
		tell("ack alone, p99", "ms", beyond, milliseconds(w.alone.At(.99)), milliseconds(yard.alone.At(.99)))
		tell("ack among 64, p50", "ms", ratio, milliseconds(w.busy.At(.5)), milliseconds(yard.busy.At(.5)))
		tell("CPU an event, server", "µs", ratio, microseconds(w.serverCPU)/events, microseconds(yard.serverCPU)/events)
		if w.application != nil {
			b.tell(figure{name: "CPU an event, application, " + w.name, value: microseconds(w.outerCPU) / events, unit: "µs", how: alone, open: true})
		}
	}
}

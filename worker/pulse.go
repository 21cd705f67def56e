package worker

import (
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/worker/loop"
	"github.com/ioserver/ioserver/worker/metrics"
)

// pulseInterval is how often a worker writes what it has counted, whether there
// is anything new or not: the master takes one that does not for stalled.
const pulseInterval = time.Second

// pulse writes the worker's row of the scoreboard, on the loop, so that a loop
// which hangs shows, and sees to it that a worker at rest is small.
type pulse struct {
	loop     *loop.Loop
	recorder *metrics.Recorder
	bus      *broker.NATS
	guests   *guests
	tidy     *tidy
	timer    loop.Timer
}

func (w *worker) newPulse() {
	row := w.board.Slot(w.hello.Slot)
	w.pulse = &pulse{loop: w.loop, recorder: metrics.NewRecorder(row, w.sample), bus: w.bus, guests: w.guests, tidy: newTidy(&w.wg)}
}

// begin is called before the worker says that it serves.
func (p *pulse) begin() {
	p.loop.Post(loop.Func(func() { p.Expire(&p.timer) }))
	p.bus.OnState(func(broker.State) { p.loop.Post(loop.Func(p.record)) }) // known at once
}

// Expire records, and again in a while.
func (p *pulse) Expire(*loop.Timer) {
	p.record()
	p.guests.flush()
	p.tidy.look()
	p.loop.Arm(&p.timer, p.loop.Now().Add(pulseInterval), p)
}

func (p *pulse) record() { p.recorder.Record() }

// sample is all that the worker counts.
func (w *worker) sample() metrics.Sample {
	return metrics.Sample{
		Loop:     w.loop.Stats(),
		Engine:   w.io.Engine().Stats(),
		IO:       w.io.Stats(),
		Feed:     w.feed.Stats(),
		Roster:   w.roster.Stats(),
		Bus:      w.bus.Stats(),
		State:    w.bus.State().Condition,
		API:      w.api.Stats(),
		Tail:     w.tail.Stats(),
		Relay:    w.relay.stats(),
		Tokens:   w.guard.Stats(),
		Backend:  w.outside.stats(),
		Witness:  w.outside.witnessed(),
		Commands: w.commands.stats(),
		Worker: metrics.Worker{
			Accepted:        w.inbox.accepted.Load(),
			Stale:           w.inbox.stale.Load(),
			Lost:            w.inbox.lost.Load(),
			BadMessages:     w.inbox.bad.Load(),
			PartialRequests: w.inbox.refused.Load() + w.relay.bus.refused.Load(),
			RelaysAsked:     w.relay.asked.Load(),
			RelaysAcross:    w.relay.across.Load(),
			RelaysAnswered:  w.relay.answered.Load(),
			RelaysLost:      w.relay.lost.Load(),
			LogLost:         w.logLost(),
		},
	}
}

func (w *worker) logLost() uint64 {
	if w.process.LogLost == nil {
		return 0
	}
	return w.process.LogLost()
}

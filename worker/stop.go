package worker

import (
	"context"
	"errors"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/worker/loop"
)

// apiGrace is how long requests of the HTTP API may take to finish.
const apiGrace = time.Second

// answersGrace is how long the bus may take to have the last answers to other
// nodes.
const answersGrace = time.Second

// stop closes every client's transport, so that it comes back, and ends within
// the timeout.
func (w *worker) stop(timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(w.ctx, timeout)
	defer cancel()
	w.logger.Info("worker stops", w.figures()...)
	w.homes.close()
	errs := []error{w.inbox.receiver.Close()}
	w.stopAPI(ctx)
	errs = append(errs, w.tail.Close(), w.commands.close())
	if w.demo != nil {
		errs = append(errs, w.demo.Close())
	}
	w.io.Engine().Shutdown()
	w.loop.Post(loop.Func(w.relay.stop))
	stopHurry := w.outside.hurry(timeout)
	errs = append(errs, w.front.Close(ctx), w.io.Close())
	w.outside.settle(ctx)
	stopHurry()
	errs = append(errs, w.outside.close())
	w.closeGuard()
	awaitDrain(ctx, w.loop)
	w.lastAnswers(ctx)
	errs = append(errs, w.roster.Close(), w.bus.Close())
	w.loop.Stop()
	w.cancel()
	w.wg.Wait()
	w.pulse.record() // what the last second counted; the loop does not any more
	return errors.Join(append(errs, w.board.Close(), w.control.Close())...)
}

// lastAnswers lets what other nodes were answered leave.
func (w *worker) lastAnswers(ctx context.Context) {
	if w.bus.State().Condition != broker.Connected {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, answersGrace)
	defer cancel()
	w.relay.bus.queue.flush(ctx)
}

// stopAPI lets what was asked be done while the server still can.
func (w *worker) stopAPI(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, apiGrace)
	defer cancel()
	if err := w.api.Close(ctx); err != nil {
		w.logger.Info("requests of the api were cut off", "error", err)
	}
}

// figures are what the worker leaves in the log.
func (w *worker) figures() []any {
	e, f := w.io.Engine().Stats(), w.feed.Stats()
	return []any{
		"accepted", w.inbox.accepted.Load(), "stale", w.inbox.stale.Load(),
		"polling", e.Polling.V3 + e.Polling.V4, "websocket", e.WebSocket.V3 + e.WebSocket.V4,
		"handshakes", e.Handshakes, "upgrades", e.Upgrades, "overflows", e.Overflows, "refused", e.Refused,
		"relayed", w.relay.asked.Load(), "relays_answered", w.relay.answered.Load(), "handed_over", w.relay.handed.Load(),
		"relayed_to_nodes", w.relay.across.Load(), "tunnels", w.relay.tunnelStats.carried.Load(),
		"bus_published", f.Published, "bus_delivered", f.Delivered, "bus_lost", f.Lost,
	}
}

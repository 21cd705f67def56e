package backend

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioserver/ioserver/worker/socketio"
)

// Backend is the application of a server's namespaces. Its methods may be called
// from any goroutine but the loop's.
type Backend struct {
	o      Options
	logger *slog.Logger
	gate   *gate
	roll   roll
	late   *arrears
	ctx    context.Context // of all calls
	cancel context.CancelFunc
	keys   atomic.Uint64 // numbers events

	counters   counters
	complaints [outcomes]*complaint // nil where nothing is wrong
	closing    sync.Once
	closeErr   error
}

// New returns a Backend that serves no namespace yet. Who makes it closes it.
func New(o Options) (*Backend, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	b := &Backend{o: o, logger: o.Logger, gate: newGate(o.InFlight)}
	b.roll.ids = make(map[string]*socketio.Socket)
	b.ctx, b.cancel = context.WithCancel(context.Background())
	for i, text := range complaints {
		if text != "" {
			b.complaints[i] = &complaint{logger: o.Logger, text: text, every: complainEvery}
		}
	}
	b.late = newArrears(b)
	return b, nil
}

// complaints are what the log says.
var complaints = [outcomes]string{
	timedOut:   "the backend does not answer in time: see --backend-timeout",
	absent:     "no backend is there: nobody subscribes to its subjects, or its address cannot be reached",
	overloaded: "too much waits for the backend: see --backend-in-flight",
	malformed:  "a backend's answer is malformed",
	tooLarge:   "an event for the backend, or its answer, is too large",
	failed:     "the backend fails",
}

// Serve has the application decide and answer in a namespace, or those of a
// parent, from the next client on: about events that have no handler in this
// program.
func (b *Backend) Serve(r socketio.Registrar) {
	r.Use(b.connect)
	r.OnAny(b.event)
	r.OnDisconnect(func(s *socketio.Socket, reason string) { b.disconnect(s, reason) })
	// The client had gone when the answer came, or another middleware refused it.
	r.OnAbandoned(func(s *socketio.Socket) { b.disconnect(s, abandonedReason) })
}

// abandonedReason is why a socket ended that was allowed and never came in.
const abandonedReason = "transport close"

// Hurry ends all that waits for the application: what is owed then stays so.
func (b *Backend) Hurry() { b.cancel() }

// Settle waits until the disconnects are told that waited for a place, or until
// ctx ends; not for an application that is away.
func (b *Backend) Settle(ctx context.Context) { b.late.await(ctx) }

// Close ends what is under way and closes the Caller. No handler may run any
// more: the server has been closed.
func (b *Backend) Close() error {
	b.closing.Do(func() {
		b.cancel()
		b.late.close()
		b.closeErr = b.o.Caller.Close()
		for _, c := range b.complaints {
			if c != nil {
				c.close()
			}
		}
	})
	return b.closeErr
}

// place waits for a call's turn, where not too many of its class do.
func (b *Backend) place(ctx context.Context, c *Call, of class) (leave func(), err error) {
	name := c.Kind.String() + " " + c.Namespace + " " + c.Event
	if err := b.gate.enter(ctx, name, of); err != nil {
		return nil, err
	}
	return func() { b.gate.leave(name) }, nil
}

// tell makes a call that has a place, and counts how it ended. parse says
// whether the answer is one.
func (b *Backend) tell(ctx context.Context, c *Call, parse func([]byte) error) error {
	began := time.Now()
	answer, err := b.o.Caller.Call(ctx, c)
	if err == nil {
		b.counters.took(time.Since(began))
		if perr := parse(answer); perr != nil {
			err = &badAnswer{perr}
		}
	}
	return err
}

// account counts how a call ended, and has the log hear of trouble.
func (b *Backend) account(c *Call, o outcome, err error) {
	b.counters.calls[c.Kind][o].Add(1)
	if complaint := b.complaints[o]; complaint != nil && b.ctx.Err() == nil {
		attrs := []any{"what", c.Kind.String(), "namespace", c.Namespace}
		if c.Event != "" {
			attrs = append(attrs, "event", c.Event[:min(len(c.Event), shownBytes)])
		}
		complaint.say(append(attrs, "error", err)...)
	}
}

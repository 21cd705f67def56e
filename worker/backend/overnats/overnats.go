package overnats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/worker/backend"
	"github.com/ioserver/ioserver/worker/contract"
)

// farewellWait is how long the answer to a disconnect is waited for: it says
// nothing, and applications need not give it.
const farewellWait = time.Second

// overhead is what a message takes besides its body, at most.
const overhead = 4 << 10

// Inbox is where applications answer, to be the Inbox of the Broker: the one
// place besides the subjects of applications that they may publish to.
func Inbox(cluster string) string { return contract.Prefix(cluster) + "answer" }

// Caller is a [backend.Caller].
type Caller struct {
	bus     broker.Broker
	cluster string
}

// New returns a Caller over a Broker that it owns from then on: Close closes it.
// The Broker's Inbox has to be that of the cluster.
func New(bus broker.Broker, cluster string) *Caller {
	return &Caller{bus: bus, cluster: cluster}
}

// Call implements [backend.Caller].
func (c *Caller) Call(ctx context.Context, call *backend.Call) ([]byte, error) {
	if most := c.bus.MaxPayload() - overhead; len(call.Body) > most {
		return nil, fmt.Errorf("%w: %d bytes, NATS takes %d", backend.ErrTooLarge, len(call.Body), most)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	waiting := ctx
	if call.Kind == backend.Disconnect {
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeout(ctx, farewellWait)
		defer cancel()
	}
	answer, err := c.bus.Request(waiting, c.subject(call), call.Body)
	switch {
	case err == nil:
		return answer, nil
	case call.Kind == backend.Disconnect && over(ctx, err): // it is published, and NATS has not said that nobody is there
		return nil, nil
	case errors.Is(err, broker.ErrNoResponders), errors.Is(err, broker.ErrDisconnected), errors.Is(err, broker.ErrOverflow):
		return nil, fmt.Errorf("%w: %w", backend.ErrAbsent, err)
	case errors.Is(err, broker.ErrTooLarge):
		return nil, fmt.Errorf("%w: %w", backend.ErrTooLarge, err)
	}
	return nil, err
}

// over reports whether the wait for an answer has ended by itself, or was given
// up, rather than ctx's time.
func over(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
}

func (c *Caller) subject(call *backend.Call) string {
	switch call.Kind {
	case backend.Connect:
		return contract.ConnectSubject(c.cluster, call.Namespace)
	case backend.Event:
		return contract.EventSubject(c.cluster, call.Namespace, call.Event)
	}
	return contract.DisconnectSubject(c.cluster, call.Namespace)
}

// Close implements [backend.Caller].
func (c *Caller) Close() error { return c.bus.Close() }

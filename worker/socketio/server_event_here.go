package socketio

import (
	"context"
	"fmt"

	"github.com/ioserver/ioserver/protocol/sid"
)

// HearServerSide has this worker's own handlers hear an event, as if another
// worker had sent it with [Namespace.ServerSideEmit], which leaves the sender's
// out: both together reach all. ErrReserved, ErrTooLarge. Without others in the
// cluster's reach, a server on its own, it does nothing.
func (n *Namespace) HearServerSide(event string, args ...any) error {
	_, err := n.hearHere(event, args, nil)
	return err
}

// HearServerSideWithAck is HearServerSide for one who waits for the answer.
// ErrNoAck: there will be none, since nobody here hears the event, or its
// handlers are behind.
func (n *Namespace) HearServerSideWithAck(ctx context.Context, event string, args ...any) (*Args, error) {
	here := make(chan *Args, 1)
	sent, err := n.hearHere(event, args, here)
	if err != nil {
		return nil, err
	}
	if !sent {
		return nil, fmt.Errorf("server-side event %q: %w", event, ErrNoAck)
	}
	select {
	case answer := <-here:
		if answer == nil {
			return nil, fmt.Errorf("server-side event %q: %w", event, ErrNoAck)
		}
		return answer, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("server-side event %q: %w", event, ctx.Err())
	case <-n.server.adapter.ended:
		return nil, fmt.Errorf("server-side event %q: %w", event, ErrClosed)
	}
}

// Home is the worker that the namespace's own sockets live at.
func (n *Namespace) Home() sid.Home { return n.server.options.Home }

func (n *Namespace) hearHere(event string, args []any, here chan<- *Args) (sent bool, err error) {
	if reservedServerSide[event] {
		return false, fmt.Errorf("server-side event %q: %w", event, ErrReserved)
	}
	a, err := encodeData(args)
	if err != nil {
		return false, fmt.Errorf("server-side event %q, %w", event, err)
	}
	l := n.server.adapter
	if err := l.fits(event, &packet{raw: a.JSON, attachments: a.Attachments}); err != nil {
		return false, fmt.Errorf("server-side event %q: %w", event, err)
	}
	if l.bus == nil {
		return false, nil
	}
	e := &ServerEvent{name: event, from: l.home, args: *a}
	if here != nil {
		e.asker = &asker{here: here}
	}
	l.hear(n.name, e)
	return true, nil
}

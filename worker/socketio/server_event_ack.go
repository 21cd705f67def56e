package socketio

import (
	"context"
	"fmt"
)

// ServerSideEmitWithAck sends an event as [Namespace.ServerSideEmit] does, and
// waits for the other workers' answers (see [ServerEvent.Ack]), one each, in the
// order in which they come. Where any is missing, since ctx has ended, the
// worker has, or nobody there hears the event, the error is a [*PartialError],
// beside the answers of the others. Where there are no other workers there are
// none to wait for.
func (n *Namespace) ServerSideEmitWithAck(ctx context.Context, event string, args ...any) ([]ServerAnswer, error) {
	if reservedServerSide[event] {
		return nil, fmt.Errorf("server-side event %q: %w", event, ErrReserved)
	}
	p, err := encodeArgs(header{namespace: n.name}, "server-side event", args)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", event, err)
	}
	answers, err := n.server.adapter.askServers(ctx, n, event, &p)
	if err != nil {
		err = fmt.Errorf("server-side event %q: %w", event, err)
	}
	return answers, err
}

func (l *liaison) askServers(context.Context, *Namespace, string, *packet) ([]ServerAnswer, error) {
	return nil, nil
}

// WantsAck reports whether the sender waits for an answer.
func (e *ServerEvent) WantsAck() bool { return false }

// Ack answers the event with these arguments, once: later calls return
// ErrAcked. It may be called from any goroutine, also after the handler has
// returned. ErrNoAck: the sender does not wait for an answer.
func (e *ServerEvent) Ack(args ...any) error { return ErrNoAck }

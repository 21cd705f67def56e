package socketio

import (
	"context"
	"fmt"

	"github.com/ioserver/ioserver/protocol/sid"
)

// Acks are what the sockets that a broadcast went to have answered.
type Acks struct {
	// Answers are in the order in which they came, one a socket at the most.
	Answers []SocketAnswer
	// Missing are the ids of the other sockets that were meant: too slow, gone
	// meanwhile, or not sent the event, see [PartialError].
	Missing []string
}

// SocketAnswer is one socket's acknowledgement of a broadcast.
type SocketAnswer struct {
	ID   string // of the socket
	Args *Args
}

// ServerAnswer is one worker's answer to [Namespace.ServerSideEmitWithAck].
type ServerAnswer struct {
	From sid.Home
	Args *Args
}

// PartialError says that not everybody has answered; what was answered is
// returned beside it.
type PartialError struct {
	// Missing are the workers that have not answered, or not to the end. Where
	// it is empty all have, and what is missing are answers of clients.
	Missing []sid.Home
	// Err is why: the context's error, ErrDisconnected where clients have gone,
	// ErrTooManyAcks where they owe too many, ErrNotWritable where a volatile
	// event was not sent, ErrWorkerGone where workers have gone, ErrBusy where
	// they had too much to do, ErrUnmet where this one does not know all yet,
	// ErrNoHandler where nobody there hears the event.
	Err error
}

func (e *PartialError) Error() string {
	if len(e.Missing) == 0 {
		return fmt.Sprintf("some have not answered: %v", e.Err)
	}
	return fmt.Sprintf("%d workers have not answered to the end: %v", len(e.Missing), e.Err)
}

// Unwrap returns why.
func (e *PartialError) Unwrap() error { return e.Err }

// EmitWithAck sends an event to the same sockets as Emit, and waits until each
// of them has acknowledged it or is gone, or ctx ends. Every socket answers
// once, wherever in the cluster it is. Where any is missing the error is a
// [*PartialError], and the Acks hold what there is, and who is missing.
//
// A ctx that never ends waits for clients that never answer.
func (b Broadcast) EmitWithAck(ctx context.Context, event string, args ...any) (*Acks, error) {
	b = b.addressed()
	id := b.ns.server.ackID()
	p, err := encodeEvent(header{namespace: b.ns.name, id: id, hasID: true}, event, args)
	if err != nil {
		return nil, err
	}
	if b.plain {
		p.leaveUncompressed()
	}
	acks, err := b.gather(ctx, &p, id)
	if err != nil {
		err = fmt.Errorf("acknowledgements of %q: %w", event, err)
	}
	return acks, err
}

// addressed is b without the special case of an emission to its sender alone.
func (b Broadcast) addressed() Broadcast {
	if b.self {
		b.self, b.rooms, b.sender = false, []string{b.sender.id}, nil
	}
	return b
}

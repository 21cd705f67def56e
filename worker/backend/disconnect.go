package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// disconnect tells the application that a socket has ended which it may have
// heard of.
func (b *Backend) disconnect(s *socketio.Socket, reason string) {
	if _, owed := b.roll.strike(s.ID()); !owed {
		return
	}
	body, err := json.Marshal(disconnectBody(s, reason, roomsOf(s)))
	if err != nil {
		body = nil // as what it is made of came as JSON
	}
	b.part(&Call{Kind: Disconnect, Key: disconnectKey(s.ID()), Namespace: s.Namespace().Name(), Body: body}, s.ID())
}

// disconnectKey is the same whoever tells of a socket's end.
func disconnectKey(id string) string { return id + ":disconnect" }

// Farewell tells the application of a socket of another worker, which died, what
// that one's Ledger had: an error where nobody was there to hear it in time.
func (b *Backend) Farewell(ctx context.Context, farewell []byte) error {
	var body contract.Disconnect
	if err := json.Unmarshal(farewell, &body); err != nil {
		return fmt.Errorf("farewell of another worker: %w", err)
	}
	c := &Call{Kind: Disconnect, Key: disconnectKey(body.ID), Namespace: body.Namespace, Body: farewell}
	if o := b.bid(ctx, c, anArrear); o.later() && !b.late.put(c, "") {
		return ErrAbsent
	}
	return nil
}

// part tells of an end, now or when an application is there. It is owed until
// then.
func (b *Backend) part(c *Call, id string) {
	switch o := b.bid(b.ctx, c, anEnd); {
	case b.ctx.Err() != nil && o != answered: // the witness does it
	case o.later() && b.late.put(c, id):
	default:
		b.o.Ledger.Settled(id)
	}
}

// bid makes the call, and counts it.
func (b *Backend) bid(ctx context.Context, c *Call, of class) outcome {
	err := b.bidOnce(ctx, c, of)
	o := outcomeOf(err)
	b.account(c, o, err)
	return o
}

func (b *Backend) bidOnce(ctx context.Context, c *Call, of class) error {
	waiting, cancel := context.WithTimeout(ctx, b.patience(of))
	defer cancel()
	leave, err := b.place(waiting, c, of)
	if err != nil {
		return err
	}
	defer leave()
	ctx, stop := context.WithTimeout(ctx, b.o.Timeout)
	defer stop()
	return b.tell(ctx, c, func([]byte) error { return nil }) // whatever it says
}

// patience is how long an end waits for a place: for no longer than an event
// does where it holds a handler.
func (b *Backend) patience(of class) time.Duration {
	if of == anEnd {
		return b.o.Timeout
	}
	return farewellPatience
}

// Disown is for a socket of whose end the application has been told by another
// worker, which took this one for dead: its client comes back as a new one.
func (b *Backend) Disown(id string) {
	s, owed := b.roll.strike(id)
	b.o.Ledger.Settled(id)
	if owed && s != nil {
		s.Drop()
	}
}

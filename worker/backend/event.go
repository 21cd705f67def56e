package backend

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// event tells the application of an event, and the client of its answer. A
// handler: it holds up its own socket until then.
func (b *Backend) event(s *socketio.Socket, e *socketio.Event) {
	if e.Handled() {
		return // by this program: a token that is renewed, for instance
	}
	c := &Call{
		Kind: Event, Key: s.ID() + ":" + strconv.FormatUint(b.keys.Add(1), 36),
		Namespace: s.Namespace().Name(), Event: e.Name(),
	}
	args, err := b.askEvent(s, e, c)
	o := outcomeOf(err)
	b.account(c, o, err)
	if !e.WantsAck() {
		return
	}
	if o == answered {
		err = e.Ack(args)
	} else {
		err = e.Ack(acknowledgement{troubles[o]})
	}
	if err != nil && !errors.Is(err, socketio.ErrDisconnected) && !errors.Is(err, socketio.ErrAcked) {
		b.logger.Debug("acknowledgement of the backend not sent", "namespace", c.Namespace, "event", c.Event, "error", err)
	}
}

func (b *Backend) askEvent(s *socketio.Socket, e *socketio.Event, c *Call) (args *socketio.Args, err error) {
	ctx, cancel := context.WithTimeout(b.ctx, b.o.Timeout)
	defer cancel()
	leave, err := b.place(ctx, c, anEvent)
	if err != nil {
		return nil, err
	}
	defer leave()
	encoded, bad := contract.EncodeArgs(e.Args(), b.o.MaxBytes)
	if bad != nil {
		return nil, errors.Join(ErrTooLarge, bad)
	}
	c.Body, err = json.Marshal(&contract.Event{
		ID: s.ID(), Home: contract.HomeOf(s.ID()), Namespace: c.Namespace, Event: c.Event,
		Args: encoded, Ack: e.WantsAck(), Rooms: roomsOf(s), Data: dataOf(s),
	})
	if err != nil {
		return nil, err
	}
	err = b.tell(ctx, c, func(raw []byte) error {
		answer, bad := contract.ParseEventAnswer(raw)
		if bad != nil {
			return bad
		}
		if args, bad = contract.DecodeArgs("args", answer.Args); bad != nil {
			return bad
		}
		return nil
	})
	return args, err
}

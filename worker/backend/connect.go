package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// connect asks the application about a client. A middleware.
func (b *Backend) connect(s *socketio.Socket) error {
	body, err := json.Marshal(connectBody(s))
	if err != nil {
		return fmt.Errorf("connect for the backend: %w", err) // handshakes have a JSON
	}
	c := &Call{Kind: Connect, Key: s.ID() + ":connect", Namespace: s.Namespace().Name(), Body: body}
	answer, err := b.askConnect(s, c)
	o := outcomeOf(err)
	switch {
	case err == nil && answer.Refuse != nil:
		o = refused
		err = refusalOf(answer.Refuse)
	case err == nil:
		if err = b.settle(s, answer.Allow); err != nil {
			o = malformed
		}
	}
	b.account(c, o, err)
	switch {
	case o == answered:
		return nil
	case o == refused:
		b.forget(s.ID()) // who refuses expects no farewell
		return err
	case b.o.AllowAbsent && (o == absent || o == timedOut || o == overloaded):
		b.owe(s, nil)
		return nil
	case !o.reached():
		b.forget(s.ID())
	}
	return &socketio.ConnectError{Message: troubles[o].Message, Data: map[string]string{"code": troubles[o].Code}}
}

// askConnect owes the application a farewell from when it may have heard.
func (b *Backend) askConnect(s *socketio.Socket, c *Call) (answer contract.ConnectAnswer, err error) {
	ctx, cancel := context.WithTimeout(b.ctx, b.o.Timeout)
	defer cancel()
	leave, err := b.place(ctx, c, aConnect)
	if err != nil {
		return answer, err
	}
	defer leave()
	b.owe(s, nil)
	err = b.tell(ctx, c, func(raw []byte) error {
		a, bad := contract.ParseConnectAnswer(raw)
		if bad != nil {
			return bad
		}
		answer = *a
		return nil
	})
	return answer, err
}

// settle gives the socket what the application said that it begins with.
func (b *Backend) settle(s *socketio.Socket, a *contract.Allow) error {
	if a == nil {
		return errors.New("neither allow nor refuse")
	}
	if len(a.Data) > dataBytes {
		return &badAnswer{fmt.Errorf("allow.data has %d bytes, %d are possible", len(a.Data), dataBytes)}
	}
	if a.Data != nil {
		if err := s.SetData(a.Data); err != nil {
			return &badAnswer{err}
		}
	}
	if len(a.Rooms) > 0 {
		if err := s.Join(a.Rooms...); err != nil && !errors.Is(err, socketio.ErrDisconnected) {
			return &badAnswer{fmt.Errorf("allow.rooms: %w", err)}
		}
	}
	if (a.Data != nil || len(a.Rooms) > 0) && b.roll.has(s.ID()) { // not disowned meanwhile
		b.owe(s, a.Rooms)
	}
	return nil
}

// refusalOf is what the client is told.
func refusalOf(r *contract.Refuse) error {
	e := &socketio.ConnectError{Message: r.Message}
	if r.Data != nil {
		e.Data = r.Data
	}
	return e
}

// owe notes that the application is to be told of the socket's end.
func (b *Backend) owe(s *socketio.Socket, rooms []string) {
	b.roll.add(s)
	raw, err := json.Marshal(disconnectBody(s, lostReason, append([]string{s.ID()}, rooms...)))
	if err == nil && len(raw) > farewellBytes {
		raw, err = json.Marshal(disconnectBody(s, lostReason, []string{s.ID()}))
	}
	if err == nil { // as what it is made of came as JSON
		b.o.Ledger.Owe(s.ID(), raw)
	}
}

// forget is for sockets that the application knows nothing of.
func (b *Backend) forget(id string) {
	b.roll.strike(id)
	b.o.Ledger.Settled(id)
}

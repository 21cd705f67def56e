package broker

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
)

// Publish implements Broker.
func (b *NATS) Publish(subject string, data []byte) error {
	return b.send(subject, "", data)
}

// send publishes data, in parts where it must.
func (b *NATS) send(subject, reply string, data []byte) error {
	if !validSubject(subject, false) {
		return fmt.Errorf("%w: %q", ErrBadSubject, subject)
	}
	if len(data) > b.o.MaxMessage {
		return ErrTooLarge
	}
	// nats.go must not be asked without a connection: it holds its lock while it dials.
	l := b.link.Load()
	if l == nil || !l.ready.Load() {
		return b.refuse()
	}
	if !l.room(len(data)) {
		b.overflows.Add(1)
		return ErrOverflow
	}
	var err error
	switch {
	case len(data) > b.MaxPayload():
		err = b.sendParts(subject, reply, data)
	case reply != "":
		err = b.nc.PublishRequest(subject, reply, data)
	default:
		err = b.nc.Publish(subject, data)
	}
	if err != nil {
		return b.failure(err)
	}
	b.published.Add(1)
	b.publishedBytes.Add(uint64(len(data)))
	return nil
}

// sendParts cuts data. Parts of one publisher arrive in order; other messages
// may lie between them.
func (b *NATS) sendParts(subject, reply string, data []byte) error {
	size := b.MaxPayload() - partOverhead
	if size <= 0 {
		return nats.ErrMaxPayload
	}
	p := part{id: b.parts.Add(1), count: (len(data) + size - 1) / size, total: len(data)}
	for ; p.index < p.count; p.index++ {
		n := min(size, len(data))
		m := &nats.Msg{Subject: subject, Reply: reply, Header: nats.Header{partHeader: {p.String()}}, Data: data[:n]}
		if err := b.nc.PublishMsg(m); err != nil {
			return err
		}
		data = data[n:]
	}
	b.cut.Add(1)
	return nil
}

func (b *NATS) refuse() error {
	b.readyMu.Lock()
	closed := b.closed
	b.readyMu.Unlock()
	if closed {
		return ErrClosed
	}
	b.refused.Add(1)
	return ErrDisconnected
}

// failure translates an error of nats.go.
func (b *NATS) failure(err error) error {
	switch {
	case errors.Is(err, nats.ErrConnectionClosed):
		return ErrClosed
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		return b.refuse()
	case errors.Is(err, nats.ErrMaxPayload):
		return ErrTooLarge
	case errors.Is(err, nats.ErrBadSubscription):
		return ErrClosed
	}
	return fmt.Errorf("broker: %w", err)
}

// randomID starts the ids of parts, so that two publishers' do not meet.
func randomID() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint64(b[:])
}

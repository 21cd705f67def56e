package socketio

import (
	"errors"
	"sync/atomic"
)

// kind is what a socket's queue holds besides the client's events: all of a
// socket's handlers run in one order.
type kind uint8

const (
	anEvent kind = iota
	aConnect
	aConnection
	aDisconnect
	anAbandonment
	anOutgoing
	anAdmission
)

// eventOverhead is what an event weighs in a queue besides its arguments.
const eventOverhead = 256

// Event is an event of a client. It may be kept, and acknowledged from any
// goroutine at any time; its bytes are never reused.
type Event struct {
	args     Args
	socket   *Socket
	handlers *eventHandlers
	next     *Event
	id       uint64
	acked    atomic.Bool
	wantsAck bool
	kind     kind
}

// newEvent copies the arguments: rest is what follows the name in the packet's
// array, without the bracket.
func newEvent(s *Socket, h *eventHandlers, rest []byte) *Event {
	e, b := emptyEvent(len(rest) + len("[]"))
	e.socket, e.handlers = s, h
	e.args.checked = true
	e.args.JSON = append(append(append(b, '['), rest...), ']')
	return e
}

// emptyEvent is an event and room for so many bytes: one allocation, of a size
// that the allocator has, unless they are many.
func emptyEvent(size int) (*Event, []byte) {
	switch {
	case size <= 96:
		e := new(struct {
			Event
			room [96]byte
		})
		return &e.Event, e.room[:0:size]
	case size <= 416:
		e := new(struct {
			Event
			room [416]byte
		})
		return &e.Event, e.room[:0:size]
	case size <= 928:
		e := new(struct {
			Event
			room [928]byte
		})
		return &e.Event, e.room[:0:size]
	}
	return new(Event), make([]byte, 0, size)
}

// size is what the event weighs in a queue.
func (e *Event) size() int {
	n := eventOverhead + len(e.args.JSON)
	if h := e.handlers; h != nil && len(h.calls) == 0 { // shared by nobody, or large
		n += len(h.name)
		if h.outgoing != nil {
			n += h.outgoing.size()
		}
	}
	for _, b := range e.args.Attachments {
		n += len(b)
	}
	return n
}

// Name is the event's name.
func (e *Event) Name() string { return e.handlers.name }

// Handled reports whether there is a handler that [Namespace.On] was given for
// the event's name, for those that hear of every event.
func (e *Event) Handled() bool { return len(e.handlers.calls) > 0 }

// Args are the arguments, raw. They belong to the event: read only.
func (e *Event) Args() *Args { return &e.args }

// Decode decodes the leading arguments; see [Args.Decode].
func (e *Event) Decode(targets ...any) error { return e.args.Decode(targets...) }

// WantsAck reports whether the client asked for an acknowledgement.
func (e *Event) WantsAck() bool { return e.wantsAck }

// Ack acknowledges the event with these arguments, once: later calls return
// ErrAcked. An error in encoding them leaves the event unacknowledged.
func (e *Event) Ack(args ...any) error {
	if !e.wantsAck {
		return ErrNoAck
	}
	if !e.acked.CompareAndSwap(false, true) {
		return ErrAcked
	}
	s := e.socket
	p, err := encodeAck(header{namespace: s.ns.name, id: e.id, hasID: true}, args)
	if err == nil {
		return s.post(p, acknowledgement)
	}
	if !errors.Is(err, ErrDisconnected) {
		e.acked.Store(false)
	}
	return err
}

package socketio

import (
	"errors"
	"fmt"

	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/protocol/sid"
)

// ServerEvent is an event of another worker's application, sent with
// [Namespace.ServerSideEmit]. It may be kept; its bytes are never reused.
type ServerEvent struct {
	name  string
	args  Args
	from  sid.Home
	calls []func(*ServerEvent)
	next  *ServerEvent
}

// Name is the event's name.
func (e *ServerEvent) Name() string { return e.name }

// Args are the arguments, raw. They belong to the event: read only.
func (e *ServerEvent) Args() *Args { return &e.args }

// Decode decodes the leading arguments; see [Args.Decode].
func (e *ServerEvent) Decode(targets ...any) error { return e.args.Decode(targets...) }

// From is the worker that sent the event.
func (e *ServerEvent) From() sid.Home { return e.from }

// size is what the event weighs in the queue, and in its sender's hands.
func (e *ServerEvent) size() int {
	n := eventOverhead + len(e.name) + len(e.args.JSON)
	for _, b := range e.args.Attachments {
		n += len(b)
	}
	return n
}

// reservedServerSide are the names that the reference refuses in
// serverSideEmit.
var reservedServerSide = map[string]bool{"connect": true, "connection": true, "new_namespace": true}

// ServerSideEmit sends an event to the same namespace of the other workers of
// the cluster, not to this one: their [Namespace.OnServerSide] hears of it, no
// client does. Where there are no others it does nothing. Arguments are encoded
// as those of [Socket.Emit], binary included. It returns when the event has its
// place in the order of what this goroutine sends, not when it has arrived:
// ErrReserved, ErrTooLarge, ErrClosed.
//
// A worker that hears of this one gets its events in order and each once, until
// either ends; an interruption of the bus delays them, and one that is longer
// than the feed's ring reaches back loses them (package feed). Who starts hears
// nothing of what was sent before. In particular, what is sent before this
// worker's bus has connected for the first time may reach nobody, and what is
// sent soon after its start not those that are starting too. Whose event has
// been heard hears the answer, though. So to learn what others know, ask, have
// those that hear it answer, and ask again now and then.
func (n *Namespace) ServerSideEmit(event string, args ...any) error {
	if reservedServerSide[event] {
		return fmt.Errorf("server-side event %q: %w", event, ErrReserved)
	}
	p, err := encodeArgs(header{namespace: n.name}, "server-side event", args)
	if err != nil {
		return fmt.Errorf("%q: %w", event, err)
	}
	if err := n.server.adapter.tellServers(n, event, &p); err != nil {
		return fmt.Errorf("server-side event %q: %w", event, err)
	}
	return nil
}

// OnServerSide adds a handler of an event that other workers send with
// [Namespace.ServerSideEmit]. Handlers run off the loop and may block, one at a
// time in each namespace, events of one worker in the order in which it has
// sent them; there is no order between them and broadcasts. Events that come
// while handlers are behind wait in a bounded queue, see
// [Limits.ServerEvents]; those without a handler are ignored. A panic in a
// handler is recovered and logged.
//
// Register handlers before the server serves. [Server.Close] lets a handler
// that runs finish, and drops what waits.
func (n *Namespace) OnServerSide(event string, f func(*ServerEvent)) {
	n.register(func(h *handlers) { h.onServerSide(event, f) })
}

// tellServers publishes an event to all other workers.
func (a *adapter) tellServers(ns *Namespace, event string, p *packet) error {
	if a.feed == nil {
		return nil
	}
	if n := serverEventSize(event, p); n > a.server.limits.ServerEventBytes || len(p.attachments) > attachmentsCeiling {
		return fmt.Errorf("%w: %d bytes, %d attachments", ErrTooLarge, n, len(p.attachments))
	}
	e := serverEnvelope{namespace: ns.name, event: event, text: p.raw, attachments: p.attachments}
	buf := scratch.Get().(*[]byte)
	*buf = e.append((*buf)[:0])
	err := a.feed.Publish(feed.All, *buf)
	release(buf)
	switch {
	case err == nil:
		a.server.counters.serverEventsSent.Add(1)
		return nil
	case errors.Is(err, feed.ErrTooLarge):
		err = fmt.Errorf("%w: %w", ErrTooLarge, err)
	case errors.Is(err, feed.ErrClosed):
		err = fmt.Errorf("%w: %w", ErrClosed, err)
	}
	a.server.counters.publishErrors.Add(1)
	return err
}

// serverEventSize is what an event weighs at least where it arrives.
func serverEventSize(event string, p *packet) int {
	e := ServerEvent{name: event, args: Args{JSON: p.raw, Attachments: p.attachments}}
	return e.size()
}

// serverEvent takes an event of another worker. On the feed's goroutine, which
// it never holds up.
func (a *adapter) serverEvent(m feed.Delivery) error {
	e, err := parseServerEnvelope(m.Data)
	if err != nil {
		return err
	}
	a.server.counters.serverEventsReceived.Add(1)
	ns := a.server.namespace(e.namespace)
	var calls []func(*ServerEvent)
	if ns != nil {
		calls = ns.handlers.Load().serverSide[e.event]
	}
	if calls == nil {
		a.server.counters.serverEventsIgnored.Add(1)
		return nil
	}
	a.servers.push(ns, &ServerEvent{
		name: e.event, calls: calls, from: sid.Home{Node: m.Origin.Node, Slot: m.Origin.Slot},
		args: Args{JSON: e.args, Attachments: e.attachments, checked: true},
	})
	return nil
}

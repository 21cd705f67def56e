package socketio

import (
	"fmt"

	"github.com/ioserver/ioserver/protocol/sid"
)

// ServerEvent is an event of another worker's application, sent with
// [Namespace.ServerSideEmit]. It may be kept; its bytes are never reused.
type ServerEvent struct {
	name  string
	args  Args
	from  sid.Home
	calls []func(*ServerEvent)
	asker *asker // nil: nobody waits for an answer
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
func (n *registry) OnServerSide(event string, f func(*ServerEvent)) {
	n.register(func(h *handlers) { h.onServerSide(event, f) })
}

// tellServers publishes an event to all other workers.
func (l *liaison) tellServers(ns *Namespace, event string, p *packet) error {
	if l.bus == nil {
		return nil
	}
	if err := l.fits(event, p); err != nil {
		return err
	}
	e := serverEnvelope{namespace: ns.name, event: event, text: p.raw, attachments: p.attachments}
	buf := scratch.Get().(*[]byte)
	*buf = e.append((*buf)[:0])
	b := ns.all()
	err := l.send(route{}, &b, *buf)
	release(buf)
	if err == nil {
		l.server.counters.serverEventsSent.Add(1)
	}
	return err
}

// fits checks what an event weighs at least where it arrives.
func (l *liaison) fits(event string, p *packet) error {
	e := ServerEvent{name: event, args: Args{JSON: p.raw, Attachments: p.attachments}}
	if n := e.size(); n > l.server.limits.ServerEventBytes || len(p.attachments) > attachmentsCeiling {
		return fmt.Errorf("%w: %d bytes, %d attachments", ErrTooLarge, n, len(p.attachments))
	}
	return nil
}

// serverEvent takes an event of another worker, which it never holds up.
func (l *liaison) serverEvent(from Peer, data []byte) error {
	e, err := parseServerEnvelope(data)
	if err != nil {
		return err
	}
	l.hear(e.namespace, &ServerEvent{
		name: e.event, from: from.Home,
		args: Args{JSON: e.args, Attachments: e.attachments, checked: true},
	})
	return nil
}

// serveEvent is serverEvent for one whose sender waits for an answer.
func (l *liaison) serveEvent(from Peer, e *requestEnvelope) {
	l.hear(e.namespace, &ServerEvent{
		name: e.event, from: from.Home,
		args:  Args{JSON: e.packet.Data, Attachments: e.attachments, checked: true},
		asker: &asker{answering: l.answering, from: from, id: e.id},
	})
}

// hear queues an event for its handlers, if there are any.
func (l *liaison) hear(namespace string, e *ServerEvent) {
	l.server.counters.serverEventsReceived.Add(1)
	ns := l.server.namespace(namespace)
	if ns != nil {
		e.calls = ns.handlers.Load().serverSide[e.name]
	}
	if e.calls == nil {
		l.server.counters.serverEventsIgnored.Add(1)
		e.fail(statusNobody)
		return
	}
	l.servers.push(ns, e)
}

package socketio

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
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

func (l *liaison) askServers(ctx context.Context, ns *Namespace, event string, p *packet) ([]ServerAnswer, error) {
	if l.bus == nil {
		return nil, nil
	}
	if err := l.fits(event, p); err != nil {
		return nil, err
	}
	met, err := l.meet(ctx)
	if err != nil {
		return nil, err
	}
	r, err := l.server.requests.begin(opServerEvent, ns, false, l.bus.Peers())
	if err != nil {
		return nil, err
	}
	r.unmet = !met
	b := ns.all()
	e := requestEnvelope{op: opServerEvent, event: event, text: p.raw, attachments: p.attachments}
	if err := l.ask(ctx, r, route{}, &b, &e); err != nil {
		_ = r.end(err)
		return nil, err
	}
	l.server.counters.serverEventsSent.Add(1)
	err = r.end(r.wait(ctx))
	return r.answers, err
}

// asker is who waits for an answer to a server-side event.
type asker struct {
	answering *answering
	from      Peer
	id        uint64
	here      chan<- *Args // of this worker, instead of those; it has room for one
	answered  atomic.Bool
}

// WantsAck reports whether the sender waits for an answer.
func (e *ServerEvent) WantsAck() bool { return e.asker != nil }

// Ack answers the event with these arguments, once: later calls return
// ErrAcked. It may be called from any goroutine, also after the handler has
// returned. ErrNoAck: the sender does not wait for an answer. An error in
// encoding the arguments leaves the event unanswered.
func (e *ServerEvent) Ack(args ...any) error {
	k := e.asker
	if k == nil {
		return ErrNoAck
	}
	if !k.answered.CompareAndSwap(false, true) {
		return ErrAcked
	}
	p, err := encodeData(args)
	switch {
	case err != nil:
	case k.here != nil:
		k.here <- p
	default:
		err = k.answering.reply(k.from, &answerEnvelope{op: opServerEvent, id: k.id, status: statusLast, args: p})
	}
	if err != nil {
		if !errors.Is(err, ErrClosed) {
			k.answered.Store(false)
		}
		return fmt.Errorf("answer to server-side event %q: %w", e.name, err)
	}
	return nil
}

// fail tells the sender that there will be no answer, unless there was one.
func (e *ServerEvent) fail(s answerStatus) {
	k := e.asker
	if k == nil || !k.answered.CompareAndSwap(false, true) {
		return
	}
	if k.here != nil {
		k.here <- nil
	} else {
		_ = k.answering.reply(k.from, &answerEnvelope{op: opServerEvent, id: k.id, status: s}) // counted
	}
}

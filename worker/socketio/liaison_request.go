package socketio

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ioserver/ioserver/protocol/sid"
)

// asked says which workers a request goes to, this one apart. One that has just
// come waits until it knows them, for half of the time that there is: the rest is
// for asking those that it knows.
func (l *liaison) asked(ctx context.Context, b *Broadcast) (route, []Peer, error) {
	met := l.bus == nil || isClosed(l.bus.Met())
	way, to, err := l.known(b)
	if met || err != nil || way.nowhere || way.direct && to[0].Life != 0 {
		return way, to, err
	}
	if met, err = l.meet(ctx); err != nil {
		return way, nil, err
	}
	way, to, err = l.known(b)
	way.unmet = !met
	return way, to, err
}

// meet waits until this worker knows all others that were there before it.
func (l *liaison) meet(ctx context.Context) (met bool, err error) {
	if isClosed(l.bus.Met()) {
		return true, nil
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/2)
		defer cancel()
	}
	select {
	case <-l.bus.Met():
		return true, nil
	case <-ctx.Done():
		return false, nil
	case <-l.ended:
	case <-l.server.loop.Done():
	}
	return false, ErrClosed
}

// known says which of the workers that this one knows a request goes to.
func (l *liaison) known(b *Broadcast) (route, []Peer, error) {
	way := l.route(b)
	if way.nowhere {
		return way, nil, nil
	}
	if err := l.named(b); err != nil {
		return way, nil, err
	}
	peers := l.bus.Peers()
	if !way.direct {
		// Who has a member is not known here, so all are asked.
		return route{}, peers, nil
	}
	for _, p := range peers {
		if p.Home == way.home {
			return way, []Peer{p}, nil
		}
	}
	return way, []Peer{{Home: way.home}}, nil
}

// ask sends a request.
func (l *liaison) ask(ctx context.Context, r *request, way route, b *Broadcast, e *requestEnvelope) error {
	e.id, e.patience, e.namespace = r.id, patienceOf(ctx), b.ns.name
	e.target = b.target()
	buf := scratch.Get().(*[]byte)
	*buf = e.append((*buf)[:0])
	err := l.send(way, b, *buf)
	release(buf)
	if err != nil {
		return fmt.Errorf("ask other workers: %w", err)
	}
	return nil
}

// target is whom the broadcast goes to, for other workers.
func (b *Broadcast) target() target {
	t := target{rooms: b.rooms, except: b.except}
	if b.sender != nil {
		t.sender = b.sender.id
	}
	return t
}

// nudge tells another worker how to go on with a request of this one. Where the
// bus does not take it that worker's patience ends.
func (l *liaison) nudge(to sid.Home, n nudge, id uint64) {
	var room [envelopeMinBytes + 8]byte
	_ = l.send(route{direct: true, home: to}, nil, appendNudge(room[:0], n, id)) // counted
}

// answer takes a part of an answer.
func (l *liaison) answer(from Peer, data []byte) error {
	e, err := parseAnswer(data)
	if err != nil {
		return err
	}
	next, err := l.server.requests.answer(from, e)
	if next {
		l.nudge(from.Home, nudgeNext, e.id)
	}
	return err
}

// serve does what another worker asks for.
func (l *liaison) serve(from Peer, data []byte) error {
	e, err := parseRequest(data, l.server.limits.BroadcastRooms)
	if err != nil {
		return err
	}
	switch e.op {
	case opEmit:
		l.serveEmit(from, e)
	case opFetch:
		l.serveFetch(from, e)
	case opJoin:
		return l.serveJoin(from, e)
	case opServerEvent:
		l.serveEvent(from, e)
	}
	return nil
}

// tell sends a change to other workers.
func (l *liaison) tell(b *Broadcast, c *change) error {
	way := l.route(b)
	if way.nowhere {
		return nil
	}
	if err := l.named(b); err != nil {
		return err
	}
	e := changeEnvelope{kind: c.kind, close: c.close, namespace: b.ns.name, target: b.target(), names: c.names}
	if err := l.send(way, b, e.append(nil)); err != nil {
		return fmt.Errorf("tell other workers: %w", err)
	}
	return nil
}

func sortHomes(homes []sid.Home) {
	slices.SortFunc(homes, func(a, b sid.Home) int {
		return cmp.Or(cmp.Compare(a.Node, b.Node), cmp.Compare(a.Slot, b.Slot))
	})
}

package socketio

import (
	"context"
	"slices"
)

// ownAcks is a request as the sink of this worker's own sockets.
type ownAcks request

func (o *ownAcks) listed(ids []string) {
	r := (*request)(o)
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	if r.over {
		return
	}
	p := r.own()
	p.ids = ids
	if p.left = len(ids); p.left == 0 {
		r.settle(p, nil)
	}
}

func (o *ownAcks) settled(i uint32, a *Args, why loss) {
	r := (*request)(o)
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	if r.over {
		return
	}
	p := r.own()
	r.settled(p, i, a, why)
	if p.left--; p.left == 0 {
		r.settle(p, nil)
	}
}

func (r *request) own() *party { return r.parties[r.all.server.options.Home] }

// gather sends a broadcast with acknowledgements, and waits for them.
func (b *Broadcast) gather(ctx context.Context, p *packet, id uint64) (*Acks, error) {
	s := b.ns.server
	way, to, err := s.adapter.asked(ctx, b)
	if err != nil {
		return nil, err
	}
	r, err := s.requests.begin(opEmit, b.ns, !way.direct, to)
	if err != nil {
		return nil, err
	}
	r.only, r.unmet = way.direct, way.unmet
	g := &gathering{
		ns: b.ns, packet: *p, id: id, volatile: b.volatile, skip: b.sender, sink: (*ownAcks)(r),
		rooms: slices.Clone(b.rooms), except: slices.Clone(b.except),
	}
	if !way.direct {
		err = s.enqueue(ctx, g)
	}
	if err == nil && !way.nowhere {
		e := requestEnvelope{op: opEmit, volatile: b.volatile, plain: p.plain, text: p.raw, attachments: p.attachments}
		err = s.adapter.ask(ctx, r, way, b, &e)
	}
	if err != nil { // nobody was asked, or this worker's sockets alone
		_ = r.end(err)
		s.later(g.drop)
		return nil, err
	}
	why := r.wait(ctx)
	err = r.end(why)
	if why != nil {
		s.later(g.drop)
	}
	return &r.acks, err
}

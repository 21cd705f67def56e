package socketio

import (
	"context"
	"slices"
	"sync"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/loop"
)

// ackRequest is a broadcast that waits for its acknowledgements.
type ackRequest struct {
	mu   sync.Mutex
	ids  []string // of who was asked; "" where settled
	left int
	acks Acks
	gone bool // a socket ended, or was never sent the event
	done chan struct{}
}

// listed begins the waiting.
func (r *ackRequest) listed(ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids, r.left = ids, len(ids)
	if r.left == 0 {
		close(r.done)
	}
}

// settled takes one socket's answer.
func (r *ackRequest) settled(i uint32, a *Args) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := r.ids[i]
	r.ids[i] = ""
	if a != nil {
		r.acks.Answers = append(r.acks.Answers, SocketAnswer{id, a})
	} else {
		r.acks.Missing = append(r.acks.Missing, id)
		r.gone = true
	}
	if r.left--; r.left == 0 {
		close(r.done)
	}
}

// gather sends a broadcast and waits for its acknowledgements.
func (b *Broadcast) gather(ctx context.Context, p *packet, id uint64) (*Acks, error) {
	s := b.ns.server
	r := &ackRequest{done: make(chan struct{})}
	g := b.gathering(p, id, r)
	if err := s.enqueue(ctx, g); err != nil {
		return nil, err
	}
	var err error
	select {
	case <-r.done:
	case <-ctx.Done():
		err = ctx.Err()
		_ = s.enqueue(context.Background(), loop.Func(g.drop))
	case <-s.loop.Done():
		err = ErrClosed
	}
	return r.result(s.options.Home, err)
}

// gathering is the own sockets' part of a broadcast with acknowledgements.
func (b *Broadcast) gathering(p *packet, id uint64, to sink) *gathering {
	return &gathering{
		ns: b.ns, packet: *p, id: id, volatile: b.volatile, skip: b.sender, sink: to,
		rooms: slices.Clone(b.rooms), except: slices.Clone(b.except),
	}
}

// result is what has been answered until now, for good.
func (r *ackRequest) result(home sid.Home, err error) (*Acks, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	acks := r.acks
	for _, id := range r.ids {
		if id != "" {
			acks.Missing = append(acks.Missing, id)
		}
	}
	if err == nil && r.gone {
		err = ErrDisconnected
	}
	if err == nil {
		return &acks, nil
	}
	return &acks, &PartialError{Missing: []sid.Home{home}, Err: err}
}

package broker

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// Marks travel among the messages; they have no subscription.
var (
	gapMark  = &nats.Msg{}
	quitMark = &nats.Msg{}
)

// natsSub is a Subscription.
type natsSub struct {
	b    *NATS
	s    *nats.Subscription
	h    func(Message)
	gone atomic.Bool
}

// Subscribe implements Broker.
func (b *NATS) Subscribe(subject string, h func(Message)) (Subscription, error) {
	return b.subscribe(subject, h, func() (*nats.Subscription, error) { return b.nc.ChanSubscribe(subject, b.in) })
}

// SubscribeQueue implements Broker.
func (b *NATS) SubscribeQueue(subject, group string, h func(Message)) (Subscription, error) {
	if !ValidToken(group) {
		return nil, fmt.Errorf("%w: group %q", ErrBadSubject, group)
	}
	return b.subscribe(subject, h, func() (*nats.Subscription, error) { return b.nc.ChanQueueSubscribe(subject, group, b.in) })
}

func (b *NATS) subscribe(subject string, h func(Message), begin func() (*nats.Subscription, error)) (Subscription, error) {
	if !validSubject(subject, true) {
		return nil, fmt.Errorf("%w: %q", ErrBadSubject, subject)
	}
	b.subsMu.Lock() // dispatch must find it when its first message comes
	defer b.subsMu.Unlock()
	s, err := begin()
	if err != nil {
		return nil, b.failure(err)
	}
	sub := &natsSub{b: b, s: s, h: h}
	b.subs[s] = sub
	b.active.Add(1)
	return sub, nil
}

// Unsubscribe implements Subscription.
func (s *natsSub) Unsubscribe() error {
	if s.gone.Swap(true) {
		return nil
	}
	s.b.subsMu.Lock()
	delete(s.b.subs, s.s)
	s.b.active.Add(-1)
	s.b.subsMu.Unlock()
	if err := s.s.Unsubscribe(); err != nil {
		return s.b.failure(err)
	}
	return nil
}

// Sync implements Broker.
func (b *NATS) Sync(ctx context.Context, f func()) error {
	if err := b.Flush(ctx); err != nil {
		return err
	}
	return b.mark(ctx, f)
}

// Behind returns when the handlers are done with all messages that came before
// the call; before the answer to a Request, if it is called with that at hand.
// Not to be called by a handler.
func (b *NATS) Behind(ctx context.Context) error {
	done := make(chan struct{})
	if err := b.mark(ctx, func() { close(done) }); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-b.ended:
		return ErrClosed
	}
}

// mark has f called on the dispatch goroutine, behind all messages that have
// come.
func (b *NATS) mark(ctx context.Context, f func()) error {
	m := &nats.Msg{}
	b.marksMu.Lock()
	b.marks[m] = f
	b.marksMu.Unlock()
	select {
	case b.in <- m:
		return nil
	case <-ctx.Done():
		b.marked(m)
		return ctx.Err()
	case <-b.ended:
		b.marked(m)
		return ErrClosed
	}
}

// marked takes the function of a mark.
func (b *NATS) marked(m *nats.Msg) func() {
	b.marksMu.Lock()
	defer b.marksMu.Unlock()
	f := b.marks[m]
	delete(b.marks, m)
	return f
}

// markGap puts a gap into the channel if anything can have come over l. It must
// not block: it runs under nats.go's lock.
func (b *NATS) markGap(l *link) {
	if !l.heard.Load() {
		return
	}
	select {
	case b.in <- gapMark:
	default:
		b.lateGap.Store(true)
	}
}

// dispatch is the one goroutine that calls handlers.
func (b *NATS) dispatch() {
	for m := range b.in {
		if b.lateGap.Load() && b.lateGap.Swap(false) {
			b.onGap()
		}
		switch {
		case m == quitMark:
			return
		case m == gapMark:
			b.onGap()
		case m.Sub == nil:
			b.gapped = false
			if f := b.marked(m); f != nil {
				f()
			}
		default:
			b.gapped = false
			b.deliver(m)
			b.intake.taken(b, m)
		}
	}
}

func (b *NATS) onGap() {
	if b.gapped {
		return // and nothing since
	}
	b.gapped = true
	b.gaps.Add(1)
	b.joiner.reset()
	b.gap.call()
}

// deliver calls the handler of m, when it is whole.
func (b *NATS) deliver(m *nats.Msg) {
	b.subsMu.RLock()
	s := b.subs[m.Sub]
	b.subsMu.RUnlock()
	if s == nil || s.gone.Load() || b.quitting.Load() {
		return
	}
	data := m.Data
	if m.Header != nil {
		var whole bool
		if data, whole = b.join(b.joiner, m); !whole {
			return
		}
	}
	b.delivered.Add(1)
	b.deliveredBytes.Add(uint64(len(data)))
	s.h(Message{Subject: m.Subject, Reply: m.Reply, Data: data})
}

// join adds a part to its message; messages with other headers are whole.
func (b *NATS) join(j *joiner, m *nats.Msg) (data []byte, whole bool) {
	value := m.Header.Get(partHeader)
	if value == "" {
		return m.Data, true
	}
	data = j.add(m.Sub, value, m.Data)
	if data == nil {
		return nil, false
	}
	b.joined.Add(1)
	return data, true
}

package broker

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// Memory is a Broker on a Hub.
type Memory struct {
	hub    *Hub
	caster *caster
	queue  *memoryQueue
	done   chan struct{}
	wg     sync.WaitGroup
	gap    gapListeners

	mu       sync.RWMutex
	subs     []*memorySub
	cut      bool
	restored chan struct{} // closed by Restore and Close; replaced by Interrupt
	closed   bool

	generation                               atomic.Uint64
	published, publishedBytes                atomic.Uint64
	delivered, deliveredBytes, refused, gaps atomic.Uint64
}

type memorySub struct {
	m       *Memory
	pattern string
	group   string // "": of none
	h       func(Message)
	gone    atomic.Bool
}

func newMemory(h *Hub, messages, bytes int) *Memory {
	m := &Memory{
		hub: h, caster: newCaster(State{Condition: Connected, Server: memoryServer}),
		queue: newMemoryQueue(messages, bytes), done: make(chan struct{}), restored: make(chan struct{}),
	}
	close(m.restored)
	m.generation.Store(1)
	m.wg.Go(m.dispatch)
	return m
}

// Publish implements Broker.
func (m *Memory) Publish(subject string, data []byte) error {
	_, err := m.send(subject, "", data)
	return err
}

func (m *Memory) send(subject, reply string, data []byte) (heard bool, err error) {
	if !validSubject(subject, false) {
		return false, fmt.Errorf("%w: %q", ErrBadSubject, subject)
	}
	if len(data) > memoryMax {
		return false, ErrTooLarge
	}
	m.mu.RLock()
	closed, cut := m.closed, m.cut
	m.mu.RUnlock()
	switch {
	case closed:
		return false, ErrClosed
	case cut:
		m.refused.Add(1)
		return false, ErrDisconnected
	}
	m.published.Add(1)
	m.publishedBytes.Add(uint64(len(data)))
	return m.hub.publish(m, subject, reply, data), nil
}

// offer queues a copy of the message for each subscription that matches, but of
// groups that have got it, to which it adds.
func (m *Memory) offer(subject, reply string, data []byte, served map[string]bool) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.cut || m.closed {
		return false
	}
	heard := false
	for _, s := range m.subs {
		if match(s.pattern, subject) && !served[s.group] {
			heard = true
			if s.group != "" {
				served[s.group] = true
			}
			m.queue.put(memoryItem{sub: s, msg: Message{subject, reply, append([]byte(nil), data...)}})
		}
	}
	return heard
}

// Subscribe implements Broker.
func (m *Memory) Subscribe(subject string, h func(Message)) (Subscription, error) {
	return m.subscribe(subject, "", h)
}

// SubscribeQueue implements Broker.
func (m *Memory) SubscribeQueue(subject, group string, h func(Message)) (Subscription, error) {
	if !ValidToken(group) {
		return nil, fmt.Errorf("%w: group %q", ErrBadSubject, group)
	}
	return m.subscribe(subject, group, h)
}

func (m *Memory) subscribe(subject, group string, h func(Message)) (Subscription, error) {
	if !validSubject(subject, true) {
		return nil, fmt.Errorf("%w: %q", ErrBadSubject, subject)
	}
	s := &memorySub{m: m, pattern: subject, group: group, h: h}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	m.subs = append(m.subs, s)
	return s, nil
}

// Unsubscribe implements Subscription.
func (s *memorySub) Unsubscribe() error {
	s.gone.Store(true)
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	for i, t := range s.m.subs {
		if t == s {
			s.m.subs = append(s.m.subs[:i], s.m.subs[i+1:]...)
			break
		}
	}
	return nil
}

// Flush implements Broker.
func (m *Memory) Flush(ctx context.Context) error {
	m.mu.RLock()
	restored, closed := m.restored, m.closed
	m.mu.RUnlock()
	if closed {
		return ErrClosed
	}
	select {
	case <-restored:
		return nil
	case <-m.done:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Sync implements Broker.
func (m *Memory) Sync(ctx context.Context, f func()) error {
	if err := m.Flush(ctx); err != nil {
		return err
	}
	m.queue.put(memoryItem{f: f})
	return nil
}

// OnState implements Broker.
func (m *Memory) OnState(f func(State)) { m.caster.listen(f) }

// OnGap implements Broker.
func (m *Memory) OnGap(f func()) { m.gap.add(f) }

// Generation implements Broker.
func (m *Memory) Generation() uint64 { return m.generation.Load() }

// ServerID implements Broker: all members of a Hub are on one server.
func (m *Memory) ServerID() string {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.cut || m.closed {
		return ""
	}
	return memoryServer
}

// MaxPayload implements Broker.
func (m *Memory) MaxPayload() int { return memoryMax }

// Interrupt cuts the Broker off, as if its server had gone: nothing is
// published or received until Restore.
func (m *Memory) Interrupt() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cut || m.closed {
		return
	}
	m.cut, m.restored = true, make(chan struct{})
	m.caster.cast(State{Condition: Disconnected, Err: ErrDisconnected})
}

// Restore ends an Interrupt.
func (m *Memory) Restore() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.cut || m.closed {
		return
	}
	m.cut = false
	m.generation.Add(1)
	m.queue.put(memoryItem{gap: true})
	close(m.restored)
	m.caster.cast(State{Condition: Connected, Server: memoryServer})
}

// Stats implements Broker.
func (m *Memory) Stats() Stats {
	m.mu.RLock()
	n := len(m.subs)
	m.mu.RUnlock()
	return Stats{
		Published: m.published.Load(), PublishedBytes: m.publishedBytes.Load(),
		Delivered: m.delivered.Load(), DeliveredBytes: m.deliveredBytes.Load(),
		Refused: m.refused.Load(), Connects: m.generation.Load(), Gaps: m.gaps.Load(),
		Lost: m.queue.lost.Load(), Subscriptions: n,
	}
}

// Close implements Broker.
func (m *Memory) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil
	}
	m.closed = true
	m.mu.Unlock()
	m.hub.remove(m)
	close(m.done)
	m.queue.close()
	m.wg.Wait()
	m.caster.close()
	return nil
}

// dispatch is the one goroutine that calls handlers.
func (m *Memory) dispatch() {
	for {
		it, ok := m.queue.take()
		if !ok {
			return
		}
		switch {
		case it.gap:
			m.gaps.Add(1)
			m.gap.call()
		case it.f != nil:
			it.f()
		case !it.sub.gone.Load():
			m.delivered.Add(1)
			m.deliveredBytes.Add(uint64(len(it.msg.Data)))
			it.sub.h(it.msg)
		}
	}
}

package broker

import (
	"context"
	"strconv"
	"sync"
)

const (
	memoryMax    = 64 << 20 // told as MaxPayload; nothing is ever cut
	memoryServer = "memory" // told as the server's address and id
)

// Hub joins Brokers within one process, for tests and single-process use.
// Nothing of it is a goroutine or needs closing; its members do.
type Hub struct {
	mu      sync.RWMutex
	members map[*Memory]struct{}
	waiting map[string]chan []byte // reply subject -> the Request that waits
	replies uint64
}

// NewHub makes an empty hub.
func NewHub() *Hub {
	return &Hub{members: make(map[*Memory]struct{}), waiting: make(map[string]chan []byte)}
}

// Connect adds a connected Broker with the default queue.
func (h *Hub) Connect() *Memory { return h.ConnectQueue(defaultQueueMessages, defaultQueueBytes) }

// ConnectQueue adds a connected Broker whose queue holds so many messages and
// bytes for a handler that is slow.
func (h *Hub) ConnectQueue(messages, bytes int) *Memory {
	m := newMemory(h, messages, bytes)
	h.mu.Lock()
	h.members[m] = struct{}{}
	h.mu.Unlock()
	return m
}

// publish offers a copy of data to every other member and to a waiting Request;
// it reports whether anybody listens.
func (h *Hub) publish(from *Memory, subject, reply string, data []byte) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if w, ok := h.waiting[subject]; ok {
		select {
		case w <- append([]byte(nil), data...):
		default: // it has its answer
		}
		return true
	}
	heard := false
	served := make(map[string]bool) // groups that have got the message
	for m := range h.members {
		if m != from && m.offer(subject, reply, data, served) {
			heard = true
		}
	}
	return heard
}

// request registers a one-time reply subject.
func (h *Hub) request() (reply string, answer chan []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.replies++
	reply = "_INBOX.memory." + strconv.FormatUint(h.replies, 36)
	answer = make(chan []byte, 1)
	h.waiting[reply] = answer
	return reply, answer
}

func (h *Hub) forget(reply string) {
	h.mu.Lock()
	delete(h.waiting, reply)
	h.mu.Unlock()
}

func (h *Hub) remove(m *Memory) {
	h.mu.Lock()
	delete(h.members, m)
	h.mu.Unlock()
}

// Request implements Broker.
func (m *Memory) Request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	reply, answer := m.hub.request()
	defer m.hub.forget(reply)
	heard, err := m.send(subject, reply, data)
	if err != nil {
		return nil, err
	}
	if !heard {
		return nil, ErrNoResponders
	}
	select {
	case data := <-answer:
		return data, nil
	case <-m.done:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

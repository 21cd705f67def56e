package broker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go"
)

// maxAnswerBytes bounds the answers that wait to be handed to their requests.
const maxAnswerBytes = 64 << 20

// requests are the Requests under way, by the last token of their reply
// subject. Their answers have a subscription and a goroutine of their own (made
// with the first Request), so that a handler may ask while dispatch waits for it.
type requests struct {
	mu      sync.Mutex
	prefix  string
	sub     *nats.Subscription
	next    uint64
	waiting map[string]chan answer
	joiner  *joiner // of the answers' goroutine
	closed  bool
}

type answer struct {
	data []byte
	err  error
}

func (r *requests) init(o NATSOptions) {
	var id [12]byte
	rand.Read(id[:]) // never fails
	r.prefix = o.Inbox + "." + hex.EncodeToString(id[:]) + "."
	r.waiting = make(map[string]chan answer)
	r.joiner = newJoiner(o)
}

// Request implements Broker.
func (b *NATS) Request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	token, c, err := b.open()
	if err != nil {
		return nil, err
	}
	defer b.requests.forget(token)
	if err := b.send(subject, b.requests.prefix+token, data); err != nil {
		return nil, err
	}
	select {
	case a := <-c:
		return a.data, a.err
	case <-b.ended:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// open registers a request, the first one with the subscription.
func (b *NATS) open() (token string, c chan answer, err error) {
	r := &b.requests
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return "", nil, ErrClosed
	}
	if r.sub == nil {
		sub, err := b.nc.Subscribe(r.prefix+"*", b.onAnswer)
		if err != nil {
			return "", nil, b.failure(err)
		}
		if err := sub.SetPendingLimits(b.o.QueueMessages, max(maxAnswerBytes, b.o.MaxMessage)); err != nil {
			return "", nil, fmt.Errorf("broker: limit answers: %w", err)
		}
		r.sub = sub
	}
	r.next++
	token = strconv.FormatUint(r.next, 36)
	c = make(chan answer, 1)
	r.waiting[token] = c
	return token, c, nil
}

func (r *requests) forget(token string) {
	r.mu.Lock()
	delete(r.waiting, token)
	r.mu.Unlock()
}

// onAnswer runs on the goroutine of the subscription.
func (b *NATS) onAnswer(m *nats.Msg) {
	a := answer{data: m.Data}
	if m.Header != nil {
		if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
			a.err = ErrNoResponders
		} else {
			var whole bool
			if a.data, whole = b.join(b.requests.joiner, m); !whole {
				return
			}
		}
	}
	r := &b.requests
	r.mu.Lock()
	defer r.mu.Unlock()
	token := m.Subject[min(len(r.prefix), len(m.Subject)):]
	if c := r.waiting[token]; c != nil {
		delete(r.waiting, token)
		c <- a // has room for the one answer
	}
}

func (r *requests) close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.joiner.close()
}

package feed_test

import (
	"context"
	"encoding/binary"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
)

const patience = 20 * time.Second

// member is a feed with what it has received.
type member struct {
	*feed.Feed
	t      *testing.T
	broker broker.Broker

	mu sync.Mutex
	// cond is signalled whenever anything below changes.
	cond  *sync.Cond
	got   []feed.Delivery
	peers []peerEvent
	hold  chan struct{} // not nil: the handler waits for it to close
}

type peerEvent struct {
	origin feed.Origin
	alive  bool
	after  int // messages before it
}

// options of a test: quick beats, patience beyond the test's own.
func options(t *testing.T, slot uint8) feed.Options {
	return feed.Options{
		Cluster: "test", Origin: feed.Origin{Node: 1, Slot: slot},
		Beat: 20 * time.Millisecond, DeadBeats: 1000, Patience: time.Hour,
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}
}

func start(t *testing.T, b broker.Broker, o feed.Options) *member {
	t.Helper()
	f, err := feed.New(b, o)
	if err != nil {
		t.Fatal(err)
	}
	m := &member{Feed: f, t: t, broker: b}
	m.cond = sync.NewCond(&m.mu)
	f.Handle(m.receive)
	f.OnPeer(func(o feed.Origin, alive bool) {
		m.mu.Lock()
		m.peers = append(m.peers, peerEvent{o, alive, len(m.got)})
		m.cond.Broadcast()
		m.mu.Unlock()
	})
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		m.release()
		f.Close()
	})
	flush(t, b)
	return m
}

func (m *member) receive(d feed.Delivery) {
	m.mu.Lock()
	hold := m.hold
	m.mu.Unlock()
	if hold != nil {
		<-hold
	}
	m.mu.Lock()
	m.got = append(m.got, d)
	m.cond.Broadcast()
	m.mu.Unlock()
}

// block makes the handler wait until release.
func (m *member) block() {
	m.mu.Lock()
	m.hold = make(chan struct{})
	m.mu.Unlock()
}

func (m *member) release() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.hold != nil {
		close(m.hold)
		m.hold = nil
	}
}

// await waits until ok, which is called under the lock.
func (m *member) await(what string, ok func() bool) {
	m.t.Helper()
	late := false
	timer := time.AfterFunc(patience, func() {
		m.mu.Lock()
		late = true
		m.cond.Broadcast()
		m.mu.Unlock()
	})
	defer timer.Stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	for !ok() {
		if late {
			m.t.Fatalf("waited in vain for %s; %d messages; %+v", what, len(m.got), m.Stats())
		}
		m.cond.Wait()
	}
}

// messages waits for n messages and returns them all.
func (m *member) messages(n int) []feed.Delivery {
	m.t.Helper()
	m.await("messages", func() bool { return len(m.got) >= n })
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]feed.Delivery(nil), m.got...)
}

// knows waits until the other is known.
func (m *member) knows(o *member) {
	m.t.Helper()
	m.await("peer", func() bool {
		for _, p := range m.peers {
			if p.origin == o.Origin() && p.alive {
				return true
			}
		}
		return false
	})
}

func (m *member) join(buckets ...uint16) {
	m.t.Helper()
	for _, b := range buckets {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		err := m.Join(ctx, b)
		cancel()
		if err != nil {
			m.t.Fatal(err)
		}
	}
}

func (m *member) publish(bucket uint16, data string) {
	m.t.Helper()
	if err := m.Publish(bucket, []byte(data)); err != nil {
		m.t.Fatal(err)
	}
}

// number publishes the numbers from..to-1, each to bucket(i).
func (m *member) number(from, to int, bucket func(int) uint16) {
	m.t.Helper()
	for i := from; i < to; i++ {
		if err := m.Publish(bucket(i), binary.BigEndian.AppendUint32(nil, uint32(i))); err != nil {
			m.t.Fatal(err)
		}
	}
}

// expect waits for the numbers from..to-1 in order, and nothing else.
func (m *member) expect(from, to int) {
	m.t.Helper()
	got := m.messages(to - from)
	for i, d := range got {
		if n := int(binary.BigEndian.Uint32(d.Data)); n != from+i {
			m.t.Fatalf("message %d is %d, want %d; %+v", i, n, from+i, m.Stats())
		}
	}
	if len(got) != to-from {
		m.t.Fatalf("%d messages, want %d", len(got), to-from)
	}
}

func flush(t *testing.T, b broker.Broker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// hub makes n members on a memory hub that know each other.
func hub(t *testing.T, n int) ([]*broker.Memory, []*member) {
	t.Helper()
	h := broker.NewHub()
	var brokers []*broker.Memory
	var members []*member
	for i := range n {
		b := h.Connect()
		t.Cleanup(func() { b.Close() })
		brokers = append(brokers, b)
		members = append(members, start(t, b, options(t, uint8(i))))
	}
	for _, m := range members {
		for _, o := range members {
			if m != o {
				m.knows(o)
			}
		}
	}
	return brokers, members
}

func one(b uint16) func(int) uint16 { return func(int) uint16 { return b } }

// spread alternates between a few buckets.
func spread(i int) uint16 { return uint16(i * 7 % 5) }

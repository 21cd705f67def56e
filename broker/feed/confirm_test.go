package feed_test

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
)

// others is a list of workers that may change.
type others struct{ list atomic.Pointer[[]feed.Other] }

func list(all ...feed.Other) *others {
	o := new(others)
	o.set(all...)
	return o
}

func (o *others) set(all ...feed.Other) { o.list.Store(&all) }

func (o *others) get() []feed.Other { return *o.list.Load() }

// at is the worker in that slot, on that server.
func at(slot uint8, server string) feed.Other { return feed.Other{Node: 1, Slot: slot, Server: server} }

// confirming makes a member that asks for confirmation of its joins.
func confirming(t *testing.T, b broker.Broker, slot uint8, who *others, change func(*feed.Options)) *member {
	t.Helper()
	o := options(t, slot)
	o.Others = who.get
	o.AskPause, o.JoinPatience = 10*time.Millisecond, time.Hour
	if change != nil {
		change(&o)
	}
	return start(t, b, o)
}

// pair makes a member on each of two servers, which know each other.
func (r *routed) pair(change func(*feed.Options)) (m [2]*member) {
	r.t.Helper()
	all := list(at(0, r.servers[0].ID()), at(1, r.servers[1].ID()))
	for i := range m {
		m[i] = confirming(r.t, r.connect(i), uint8(i), all, change)
	}
	m[0].knows(m[1])
	m[1].knows(m[0])
	return m
}

// later begins to join, and says when that has ended.
func (m *member) later(bucket uint16) <-chan error {
	joined := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		joined <- m.Join(ctx, bucket)
	}()
	return joined
}

// asks waits until the member has sent so many questions.
func (m *member) asks(n uint64) {
	m.t.Helper()
	for deadline := time.Now().Add(patience); m.Stats().Questions < n; runtime.Gosched() {
		if time.Now().After(deadline) {
			m.t.Fatalf("%d questions: %+v", n, m.Stats())
		}
	}
}

func ended(t *testing.T, joined <-chan error) {
	t.Helper()
	select {
	case err := <-joined:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(patience):
		t.Fatal("does not join")
	}
}

func waits(t *testing.T, joined <-chan error) {
	t.Helper()
	select {
	case err := <-joined:
		t.Fatalf("has joined (%v)", err)
	default:
	}
}

// TestJoinWaitsForTheOtherServer: while what the one server tells the other is
// on its way, a join has not ended; what is published once it has, arrives.
func TestJoinWaitsForTheOtherServer(t *testing.T) {
	r := route(t)
	m := r.pair(nil)
	r.gate.hold(true)
	joined := m[0].later(1)
	m[0].asks(3)
	waits(t, joined)
	m[1].publish(1, "before")
	r.gate.hold(false)
	ended(t, joined)
	m[1].publish(1, "after")
	m[0].await("what was published after the join", func() bool {
		return len(m[0].got) > 0 && string(m[0].got[len(m[0].got)-1].Data) == "after"
	})
	if s := m[0].Stats(); s.Unconfirmed != 0 || s.Malformed != 0 {
		t.Errorf("%+v", s)
	}
}

// TestJoinThenPublishElsewhere: join, acknowledged, then published by a worker
// on the other server at once.
func TestJoinThenPublishElsewhere(t *testing.T) {
	r := route(t)
	m := r.pair(func(o *feed.Options) { o.AskPause, o.JoinPatience = 0, 0 })
	rounds := 2000
	if testing.Short() {
		rounds = 200
	}
	for i := range rounds {
		bucket := uint16(i * 2 % feed.NumBuckets)
		m[0].join(bucket)
		m[1].number(i, i+1, one(bucket))
		if i%3 == 0 && i >= 100 { // a hundred rounds ago, and heard since
			m[0].await("an older message", func() bool { return len(m[0].got) > i-100 })
			m[0].Leave(bucket - 200)
		}
	}
	m[0].expect(0, rounds)
	s := m[0].Stats()
	t.Logf("%d joins, %d questions, %d gaps", rounds, s.Questions, s.Gaps)
	if s.Questions < uint64(rounds) || s.Unconfirmed != 0 {
		t.Errorf("%+v", s)
	}
}

// TestOneRoundServesAllJoins: those that come while questions are under way
// share the next.
func TestOneRoundServesAllJoins(t *testing.T) {
	const joins = 100
	r := route(t)
	m := r.pair(func(o *feed.Options) { o.AskPause = time.Hour })
	r.gate.hold(true)
	waiting := []<-chan error{m[0].later(0)}
	m[0].asks(1)
	for i := range joins {
		waiting = append(waiting, m[0].later(uint16(i+1)))
	}
	for deadline := time.Now().Add(patience); m[0].Stats().Joined <= joins; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%+v", m[0].Stats())
		}
	}
	for _, joined := range waiting {
		waits(t, joined)
	}
	r.gate.hold(false)
	for _, joined := range waiting {
		ended(t, joined)
	}
	if n := m[0].Stats().Questions; n > joins/4 {
		t.Errorf("%d questions for %d joins", n, joins)
	}
}

// TestJoinAsksAnother: the first worker of a server does not answer.
func TestJoinAsksAnother(t *testing.T) {
	r := route(t)
	m := r.pair(nil)
	there := r.servers[1].ID()
	who := list(at(7, there), at(1, there), at(8, there))
	late := confirming(t, r.connect(0), 2, who, nil)
	late.join(3)
	if s := late.Stats(); s.Questions < 2 || s.Unconfirmed != 0 {
		t.Errorf("%+v", s)
	}
	m[1].publish(3, "heard")
	late.messages(1)
}

// alone makes a member on a hub of its own, which asks the workers listed.
func alone(t *testing.T, who *others, change func(*feed.Options)) (*broker.Hub, *member) {
	t.Helper()
	h := broker.NewHub()
	b := h.Connect()
	t.Cleanup(func() { b.Close() })
	return h, confirming(t, b, 0, who, change)
}

// TestJoinForgetsTheDead: a worker that is not listed any more is not waited for.
func TestJoinForgetsTheDead(t *testing.T) {
	who := list(at(7, "a server that is gone"))
	_, m := alone(t, who, nil)
	joined := m.later(3)
	m.asks(3)
	waits(t, joined)
	who.set()
	ended(t, joined)
	if s := m.Stats(); s.Unconfirmed != 0 {
		t.Errorf("%+v", s)
	}
}

// TestJoinDoesNotWaitForEver: a worker that is listed and never answers is given
// up, which is counted.
func TestJoinDoesNotWaitForEver(t *testing.T) {
	who := list(at(7, "elsewhere"), at(8, "elsewhere"), at(9, "far away"))
	_, m := alone(t, who, func(o *feed.Options) { o.JoinPatience = 50 * time.Millisecond })
	m.join(3)
	if s := m.Stats(); s.Unconfirmed != 2 || s.Joined != 1 {
		t.Errorf("%+v", s)
	}
}

// TestJoinGivenUpElsewhere: what ends before the word comes is not joined.
func TestJoinGivenUpElsewhere(t *testing.T) {
	who := list(at(7, "elsewhere"))
	_, m := alone(t, who, nil)
	ctx, cancel := context.WithCancel(context.Background())
	joined := make(chan error, 1)
	go func() { joined <- m.Join(ctx, 3) }()
	m.asks(1)
	cancel()
	if err := <-joined; !errors.Is(err, context.Canceled) || m.Stats().Joined != 0 {
		t.Errorf("%v; %+v", err, m.Stats())
	}
	closed := m.later(4)
	m.asks(m.Stats().Questions + 1)
	m.Close()
	if err := <-closed; !errors.Is(err, feed.ErrClosed) {
		t.Error(err)
	}
}

// TestWorkerThatMoved: one that was thought to be elsewhere says where it is;
// there, nobody needs to be asked.
func TestWorkerThatMoved(t *testing.T) {
	who := list(at(0, "elsewhere"), at(1, "elsewhere"), at(2, ""))
	h, m := alone(t, who, func(o *feed.Options) { o.AskPause = time.Hour })
	b := h.Connect()
	t.Cleanup(func() { b.Close() })
	start(t, b, options(t, 1))
	m.join(3)
	if s := m.Stats(); s.Questions != 1 || s.Unconfirmed != 0 {
		t.Errorf("%+v", s)
	}
}

// TestJoinOverALostConnection: questions are asked anew on the next one.
func TestJoinOverALostConnection(t *testing.T) {
	who := list(at(1, "elsewhere"))
	h, m := alone(t, who, nil)
	joined := m.later(3)
	m.asks(2)
	b := m.broker.(*broker.Memory)
	b.Interrupt()
	waits(t, joined)
	b.Restore()
	other := h.Connect()
	t.Cleanup(func() { other.Close() })
	start(t, other, options(t, 1))
	ended(t, joined)
}

// TestOneServerAsksNobody: where all are on one server a join costs no message.
func TestOneServerAsksNobody(t *testing.T) {
	s := serve(t)
	b, c := s.connect(), s.connect()
	flush(t, b)
	flush(t, c)
	who := list(at(0, b.ServerID()), at(1, c.ServerID()), at(9, ""))
	quiet := func(o *feed.Options) { o.Beat = time.Hour }
	m := []*member{confirming(t, b, 0, who, quiet), confirming(t, c, 1, who, quiet)}
	for _, w := range m { // its first beat, which is its clock's to send, would be counted
		for deadline := time.Now().Add(patience); w.Stats().Beats < 2; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatalf("%+v", w.Stats())
			}
		}
	}
	before := b.Stats().Published
	for i := range uint16(100) {
		m[0].join(i)
	}
	if n := b.Stats().Published - before; n != 0 || m[0].Stats().Questions != 0 {
		t.Errorf("%d messages for 100 joins", n)
	}
}

package feed_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
)

// TestJoinGoesOnWithoutTheSilent: a server from which no word comes holds joins
// up once. Later ones do not wait for it, until it speaks again, but still for
// all others.
func TestJoinGoesOnWithoutTheSilent(t *testing.T) {
	r := route(t)
	m := r.pair(nil)
	who := list(at(1, r.servers[1].ID()), at(7, "a server that is silent"))
	late := confirming(t, r.connect(0), 2, who, func(o *feed.Options) {
		o.AskPause, o.JoinPatience = time.Hour, 50*time.Millisecond
	})
	late.join(1)
	if s := late.Stats(); s.Unconfirmed != 1 {
		t.Errorf("%+v", s)
	}
	r.gate.hold(true)
	joined := late.later(2)
	late.asks(late.Stats().Questions + 2)
	waits(t, joined)
	r.gate.hold(false)
	ended(t, joined)
	m[1].publish(2, "after")
	late.messages(1)
	for b := range uint16(100) {
		late.join(3 + b)
	}
	if s := late.Stats(); s.Unconfirmed < 100 || s.Malformed != 0 {
		t.Errorf("%+v", s)
	}
}

// TestSilentServerSpeaksAgain: from its first word on joins wait for it.
func TestSilentServerSpeaksAgain(t *testing.T) {
	r := route(t)
	there := r.servers[1].ID()
	m := confirming(t, r.connect(0), 0, list(at(1, there)), func(o *feed.Options) { o.JoinPatience = 2 * time.Second })
	m.join(1)
	if s := m.Stats(); s.Unconfirmed != 1 {
		t.Errorf("%+v", s)
	}
	start(t, r.connect(1), options(t, 1))
	bucket := uint16(2)
	for before := uint64(0); before < m.Stats().Unconfirmed; bucket++ { // until a join is confirmed
		before = m.Stats().Unconfirmed
		m.join(bucket)
	}
	r.gate.hold(true)
	joined := m.later(bucket)
	m.asks(m.Stats().Questions + 3)
	waits(t, joined)
	r.gate.hold(false)
	ended(t, joined)
}

// TestJoinAsksWhoHasAnswered: one worker of a server is silent and the other is
// not. It is not asked first again and again.
func TestJoinAsksWhoHasAnswered(t *testing.T) {
	r := route(t)
	m := r.pair(nil)
	there := r.servers[1].ID()
	late := confirming(t, r.connect(0), 2, list(at(7, there), at(1, there)), nil)
	late.join(0)
	before := late.Stats().Questions
	const joins = 50
	for b := range uint16(joins) {
		late.join(1 + b)
	}
	if n := late.Stats().Questions - before; n > joins+joins/10 { // a few by a slow machine
		t.Errorf("%d questions for %d joins", n, joins)
	}
	m[1].publish(1, "heard")
	late.messages(1)
}

// TestJoinDoesNotWaitForWhoSaidGoodbye, though it is still listed.
func TestJoinDoesNotWaitForWhoSaidGoodbye(t *testing.T) {
	who := list(at(1, "elsewhere"))
	h, m := alone(t, who, nil)
	b := h.Connect()
	t.Cleanup(func() { b.Close() })
	for life := range 2 {
		other := start(t, b, options(t, 1))
		m.knows(other)
		m.join(uint16(2 * life)) // it answers
		other.Close()
		m.await("goodbye", func() bool { return len(m.peers) == 2*life+2 })
		m.join(uint16(2*life + 1))
	}
	if s := m.Stats(); s.Unconfirmed != 0 {
		t.Errorf("%+v", s)
	}
}

// TestAwayForLongerThanTheRing: a worker that was cut off for longer than its
// messages are kept has not become a stranger. What its ring still holds
// arrives, and that something is lost is counted.
func TestAwayForLongerThanTheRing(t *testing.T) {
	for name, kept := range map[string]int{"all is kept": 0, "some is": 5} {
		t.Run(name, func(t *testing.T) {
			h := broker.NewHub()
			b, c := h.Connect(), h.Connect()
			defer b.Close()
			defer c.Close()
			o := options(t, 0)
			o.DeadBeats, o.RingAge = 3, 4*o.Beat
			a := start(t, b, o)
			o = options(t, 1)
			o.RingMessages = kept
			p := start(t, c, o)
			a.knows(p)
			a.join(1)
			p.number(0, 1, one(1))
			a.messages(1)
			c.Interrupt()
			p.number(1, 20, one(1))
			a.await("death", func() bool { return len(a.peers) == 2 })
			<-time.After(3 * 4 * o.Beat) // nothing tells that an age has passed
			if n := a.Stats().Peers; n != 0 {
				t.Errorf("%d peers", n)
			}
			c.Restore()
			p.number(20, 21, one(1))
			if kept == 0 {
				a.expect(0, 21)
				return
			}
			got := a.messages(1 + kept)
			if last := fmt.Sprint(got[len(got)-1].Data); last != fmt.Sprint([]byte{0, 0, 0, 20}) {
				t.Errorf("the last is %s", last)
			}
			if s := a.Stats(); s.Lost == 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

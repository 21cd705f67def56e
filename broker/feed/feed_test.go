package feed_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
)

func TestOptions(t *testing.T) {
	b := broker.NewHub().Connect()
	defer b.Close()
	for _, cluster := range []string{"", "a b", "a.b", "a*", ">", strings.Repeat("x", 65)} {
		if _, err := feed.New(b, feed.Options{Cluster: cluster}); err == nil {
			t.Errorf("cluster %q is accepted", cluster)
		}
	}
}

func TestWhoReceives(t *testing.T) {
	_, m := hub(t, 3)
	m[1].join(5, 6)
	m[2].join(6)
	m[0].publish(5, "to 1")
	m[0].publish(6, "to both")
	m[0].publish(7, "to nobody")
	m[0].publish(feed.All, "to all")
	for i, data := range []string{"", "direct to 1", "direct to 2"} {
		err := m[0].Direct(1, uint8(i), []byte(data))
		if (err == nil) != (i > 0) || i == 0 && !errors.Is(err, feed.ErrSelf) {
			t.Errorf("direct to %d: %v", i, err)
		}
	}
	if err := m[0].Direct(9, 9, []byte("nobody")); err != nil {
		t.Errorf("direct to nobody: %v", err)
	}
	m[0].publish(feed.All, "end")
	for i, want := range map[int][]string{1: {"5 to 1", "6 to both", "4096 to all", "direct direct to 1", "4096 end"}, 2: {"6 to both", "4096 to all", "direct direct to 2", "4096 end"}} {
		for j, d := range m[i].messages(len(want)) {
			got := fmt.Sprintf("%d %s", d.Bucket, d.Data)
			if d.Direct {
				got = "direct " + string(d.Data)
			}
			if j >= len(want) || got != want[j] || d.Origin != m[0].Origin() {
				t.Errorf("%d got %q of %v", i, got, d.Origin)
			}
		}
	}
	if s := m[0].Stats(); s.Published != 8 || s.Delivered != 0 {
		t.Errorf("the publisher: %+v", s)
	}
	if s := m[1].Stats(); s.Delivered != 5 || s.Direct != 1 || s.Joined != 2 || s.Peers != 2 {
		t.Errorf("a receiver: %+v", s)
	}
}

func TestRefused(t *testing.T) {
	h := broker.NewHub()
	o := options(t, 1)
	o.MaxMessage = 1000
	b := h.Connect()
	defer b.Close()
	m := start(t, b, o)
	if err := m.Publish(feed.All+1, nil); !errors.Is(err, feed.ErrBadBucket) {
		t.Errorf("bucket: %v", err)
	}
	if err := m.Join(context.Background(), feed.All+1); !errors.Is(err, feed.ErrBadBucket) {
		t.Errorf("bucket: %v", err)
	}
	if err := m.Publish(0, make([]byte, 1001)); !errors.Is(err, feed.ErrTooLarge) {
		t.Errorf("large: %v", err)
	}
	m.Close()
	if err := m.Publish(0, nil); !errors.Is(err, feed.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if err := m.Join(context.Background(), 1); !errors.Is(err, feed.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestLeave(t *testing.T) {
	_, m := hub(t, 2)
	m[1].join(1)
	m[0].publish(1, "heard")
	m[1].messages(1)
	m[1].Leave(1)
	m[1].Leave(1)
	m[0].publish(1, "not heard")
	m[1].join(1)
	m[0].publish(1, "heard again")
	if got := m[1].messages(2); string(got[1].Data) != "heard again" {
		t.Errorf("got %q", got[1].Data)
	}
	if s := m[1].Stats(); s.Gaps != 0 {
		t.Errorf("gaps: %+v", s)
	}
}

func TestJoinGivenUp(t *testing.T) {
	b, m := hub(t, 2)
	b[1].Interrupt()
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if err := m[1].Join(ctx, 3); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("join without a server: %v", err)
	}
	if m[1].Stats().Joined != 0 {
		t.Error("joined all the same")
	}
	joined := make(chan error)
	go func() { joined <- m[1].Join(context.Background(), 3) }()
	b[1].Restore()
	if err := <-joined; err != nil {
		t.Error(err)
	}
	m[0].publish(3, "x")
	m[1].messages(1)
}

// TestPeers: comings and goings, in order with the messages.
func TestPeers(t *testing.T) {
	h := broker.NewHub()
	b := h.Connect()
	defer b.Close()
	a := start(t, b, options(t, 0))
	var lives []feed.Origin
	for range 3 { // three lives of one worker
		c := h.Connect()
		m := start(t, c, options(t, 1))
		lives = append(lives, m.Origin())
		a.knows(m)
		if !a.Alive(1, 1) {
			t.Error("known, but not alive")
		}
		m.publish(feed.All, "x")
		m.Close()
		a.await("goodbye", func() bool { return len(a.peers) == 2*len(lives) })
		if a.Alive(1, 1) {
			t.Error("dead, but alive")
		}
		c.Close()
	}
	for i, life := range lives {
		came, went := a.peers[2*i], a.peers[2*i+1]
		if came != (peerEvent{life, true, i}) || went != (peerEvent{life, false, i + 1}) {
			t.Errorf("life %d: %v %v", i, came, went)
		}
	}
	if s := a.Stats(); s.Lost != 0 || s.Peers != 0 {
		t.Errorf("%+v", s)
	}
}

// TestNewLifeReplacesOld: a worker that died without a word and is back.
func TestNewLifeReplacesOld(t *testing.T) {
	h := broker.NewHub()
	b, c, d := h.Connect(), h.Connect(), h.Connect()
	defer b.Close()
	defer c.Close()
	defer d.Close()
	a := start(t, b, options(t, 0))
	old := start(t, c, options(t, 1))
	a.knows(old)
	old.publish(feed.All, "1")
	a.messages(1)
	c.Interrupt() // dead, as far as anybody can see
	old.publish(feed.All, "never heard")
	young := start(t, d, options(t, 1))
	young.publish(feed.All, "2")
	got := a.messages(2)
	if got[1].Origin != young.Origin() || string(got[1].Data) != "2" {
		t.Errorf("got %q of %v", got[1].Data, got[1].Origin)
	}
	c.Restore() // a ghost
	old.publish(feed.All, "ghost")
	young.publish(feed.All, "3")
	if got := a.messages(3); string(got[2].Data) != "3" {
		t.Errorf("got %q of %v", got[2].Data, got[2].Origin)
	}
	a.await("peers", func() bool { return len(a.peers) == 3 })
	want := []peerEvent{{old.Origin(), true, 0}, {old.Origin(), false, 1}, {young.Origin(), true, 1}}
	for i, w := range want {
		if a.peers[i] != w {
			t.Errorf("event %d: %v, want %v", i, a.peers[i], w)
		}
	}
}

// TestSilentPeer: one that is no longer heard is dead; when it is heard again,
// what it published meanwhile arrives.
func TestSilentPeer(t *testing.T) {
	h := broker.NewHub()
	b, c := h.Connect(), h.Connect()
	defer b.Close()
	defer c.Close()
	o := options(t, 0)
	o.DeadBeats = 3
	a := start(t, b, o)
	p := start(t, c, options(t, 1))
	a.knows(p)
	p.number(0, 1, one(feed.All))
	a.messages(1)
	c.Interrupt()
	p.number(1, 5, one(feed.All))
	a.await("death", func() bool { return len(a.peers) == 2 })
	if a.Alive(1, 1) {
		t.Error("alive")
	}
	c.Restore()
	p.number(5, 6, one(feed.All))
	a.expect(0, 6)
	a.await("resurrection", func() bool { return len(a.peers) == 3 })
}

// TestClustersApart: two clusters on one bus know nothing of each other.
func TestClustersApart(t *testing.T) {
	h := broker.NewHub()
	var m []*member
	for _, cluster := range []string{"test", "test", "other"} {
		b := h.Connect()
		t.Cleanup(func() { b.Close() })
		o := options(t, uint8(len(m)))
		o.Cluster = cluster
		m = append(m, start(t, b, o))
		m[len(m)-1].join(1)
	}
	m[0].knows(m[1])
	m[2].publish(1, "other")
	m[2].publish(feed.All, "other")
	m[0].publish(1, "own")
	if got := m[1].messages(1); string(got[0].Data) != "own" {
		t.Errorf("got %q", got[0].Data)
	}
	if n := len(m[2].Peers()); n != 0 {
		t.Errorf("%d peers", n)
	}
}

// TestGarbage: what does not parse is counted and dropped.
func TestGarbage(t *testing.T) {
	h := broker.NewHub()
	b, c := h.Connect(), h.Connect()
	defer b.Close()
	defer c.Close()
	m := start(t, b, options(t, 0))
	const n = 50
	for i := range n {
		subject := []string{"_ioserver.test.feed1.all", "_ioserver.test.feed1.home.1.0"}[i%2]
		if err := c.Publish(subject, []byte(strings.Repeat("\x01", i))); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan struct{})
	if err := b.Sync(context.Background(), func() { close(done) }); err != nil {
		t.Fatal(err)
	}
	<-done
	if s := m.Stats(); s.Malformed != n || s.Peers > 1 {
		t.Errorf("%+v", s)
	}
}

func TestDelayedStart(t *testing.T) { // nobody there yet: Start does not wait, nothing is lost for good
	h := broker.NewHub()
	b, c := h.Connect(), h.Connect()
	defer b.Close()
	defer c.Close()
	a := start(t, b, options(t, 0))
	c.Interrupt()
	f, err := feed.New(c, options(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Publish(feed.All, []byte("early")); err != nil {
		t.Fatal(err)
	}
	c.Restore()
	a.await("peer", func() bool { return len(a.peers) == 1 })
	if err := f.Publish(feed.All, []byte("late")); err != nil {
		t.Fatal(err)
	}
	if got := a.messages(1); string(got[0].Data) != "late" {
		t.Errorf("got %q", got[0].Data) // a stranger starts at the present
	}
}

package worker

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
)

// nowhere has all sessions in one worker's life.
type nowhere struct{ life uint64 }

func (n nowhere) Find(sid.Domain, string) (sid.Home, uint64, bool) {
	return sid.Home{Node: 8}, n.life, true
}
func (n nowhere) Alive(_ sid.Home, life uint64) bool { return life == n.life }

// lonely is a relay on a hub whose loop does not run yet.
type lonely struct {
	*relay
	hub   *broker.Hub
	heard chan []byte // what it says to node 8
	run   func()
}

func newLonely(t *testing.T) *lonely {
	t.Helper()
	l, err := loop.New(loop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	hub := broker.NewHub()
	ours, theirs := hub.Connect(), hub.Connect()
	homes := newHomes(nowhere{5}, 7, time.Hour)
	homes.close()
	r := &relay{
		self: asker{node: 7, life: 77}, homes: homes, ended: newEnded(), loop: l, logger: slog.New(slog.DiscardHandler), patience: time.Hour, times: defaultRelayTimes(),
		waiting: make(map[uint64]*question), numberOf: make(map[engineio.Responder]uint64), open: make(map[asker]*reply), tunnels: make(map[asker]*tunnel),
	}
	r.bodyLimit.Store(1 << 20)
	r.bus = newBusRelay(t.Context(), r, ours, "test")
	one := &lonely{relay: r, hub: hub, heard: make(chan []byte, 10_000)}
	if _, err := theirs.Subscribe("_ioserver.test.relay1.8.0", func(m broker.Message) { one.heard <- m.Data }); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = r.bus.run() }) // until the test's context ends
	one.run = sync.OnceFunc(func() { wg.Go(func() { _ = l.Run() }) })
	t.Cleanup(func() {
		l.Stop()
		one.run() // it closes what the loop has
		wg.Wait()
		_, _ = ours.Close(), theirs.Close()
	})
	return one
}

var other = asker{node: 8, life: 5}

// Frames that come faster than the loop takes them are bounded in bytes; whoever
// sent what was dropped is told.
func TestIntakeBound(t *testing.T) {
	r := newLonely(t)
	piece := bytes.Repeat([]byte("x"), 60<<10)
	sent := 0
	for ; r.bus.overflows.Load() < 5; sent++ {
		a := other
		a.id = uint64(sent)
		f := append(appendHead(nil, frameRequest, 77, a, 0), firstPiece)
		r.bus.receive(broker.Message{Data: append(append(f, postHead...), piece...)})
		if held := r.bus.intake.Load(); held > intakeBytes+1<<20 {
			t.Fatalf("%d bytes are held", held)
		}
	}
	if sent < 400 {
		t.Errorf("full after %d", sent)
	}
	r.run()
	for i := range 5 {
		select {
		case b := <-r.heard:
			f, err := parseFrame(b)
			if err != nil || f.kind != frameAnswer || f.id != uint64(sent-5+i) || binary.BigEndian.Uint16(f.body) != 503 {
				t.Errorf("%+v, %v", f, err)
			}
		case <-time.After(soon):
			t.Fatal("the sender is not told")
		}
	}
	done := make(chan int64, 1)
	r.loop.Post(loop.Func(func() { done <- r.bus.intake.Load() }))
	if left := <-done; left != 0 {
		t.Errorf("%d bytes are held of nothing", left)
	}
}

// What does not parse is counted, and nothing of it kept or answered.
func TestGarbageIsCounted(t *testing.T) {
	r := newLonely(t)
	count := uint64(0)
	for _, f := range frames() {
		for n := range f.wire {
			if _, err := parseFrame(f.wire[:n]); err == nil {
				continue
			}
			count++
			r.bus.receive(broker.Message{Data: f.wire[:n]})
		}
	}
	r.run()
	done := make(chan struct{})
	r.loop.Post(loop.Func(func() { close(done) }))
	<-done
	if got := r.stats().Malformed; got != count || r.bus.intake.Load() != 0 || len(r.heard) > 0 {
		t.Errorf("%d of %d were counted; %d bytes are kept, %d answered", got, count, r.bus.intake.Load(), len(r.heard))
	}
}

// Frames of a node that has our own number are dropped: answers to it would be
// ours.
func TestFramesOfOurOwnNumber(t *testing.T) {
	r := newLonely(t)
	r.bus.receive(broker.Message{Data: appendHead(nil, frameStill, 77, asker{node: 7, slot: 3, life: 9}, 0)})
	if r.bus.stale.Load() != 1 || r.bus.intake.Load() != 0 {
		t.Error("taken")
	}
}

type answered chan int

func (a answered) Respond(x *engineio.Answer) { a <- x.Status }

// What the bus does not take is answered with 503, and what has no room on the way
// to it too.
func TestUndelivered(t *testing.T) {
	r := newLonely(t)
	r.run()
	r.bus.bus.(*broker.Memory).Interrupt()
	for range 3 {
		a := make(answered, 1)
		r.Exchange(&engineio.Exchange{SID: "x", Method: "POST", Revision: 4, Body: make([]byte, 200_000)}, a)
		select {
		case status := <-a:
			if status != 503 {
				t.Errorf("status %d", status)
			}
		case <-time.After(soon):
			t.Fatal("no answer")
		}
	}
}

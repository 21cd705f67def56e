package worker

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
)

// next waits for what is said to node 8; kind 0 is any.
func (l *lonely) next(t *testing.T, kind frameKind) *frame {
	t.Helper()
	select {
	case b := <-l.heard:
		f, err := parseFrame(b)
		if err != nil || kind != 0 && f.kind != kind {
			t.Fatalf("%+v, %v; want kind %d", f, err, kind)
		}
		return f
	case <-time.After(soon):
		t.Fatalf("no frame of kind %d", kind)
		return nil
	}
}

// ask has a client's request wait for node 8.
func (l *lonely) ask(t *testing.T) (number uint64, answer answered) {
	t.Helper()
	answer = make(answered, 1)
	l.Exchange(&engineio.Exchange{SID: "x", Method: "GET", Revision: 4}, answer)
	return l.next(t, frameRequest).id, answer
}

// A request whose answer was lost, with nobody's being told, is asked for once it
// has waited for a while: its client does not wait for much longer.
func TestLostAnswer(t *testing.T) {
	r := newLonely(t)
	r.times.sweep = 20 * time.Millisecond
	r.run()
	number, answer := r.ask(t)
	if f := r.next(t, frameStill); f.id != number {
		t.Errorf("%+v", f)
	}
	from := other
	from.id = number
	refusal := append(appendHead(nil, frameAnswer, 77, from, 0), firstPiece|lastPiece)
	r.bus.receive(broker.Message{Data: append(refusal, answerHead(unavailable())...)})
	if status := <-answer; status != 503 {
		t.Errorf("status %d", status)
	}
}

// A request that is never answered is given up, and its worker is told.
func TestNeverAnswered(t *testing.T) {
	r := newLonely(t)
	r.times.sweep, r.patience = 20*time.Millisecond, 30*time.Millisecond
	r.run()
	number, answer := r.ask(t)
	if status := <-answer; status != 503 {
		t.Errorf("status %d", status)
	}
	f := r.next(t, 0)
	if f.kind == frameStill { // it has been asked for before
		f = r.next(t, 0)
	}
	if f.kind != frameCancel || f.id != number || r.lost.Load() != 1 {
		t.Errorf("%d counted", r.lost.Load())
	}
}

// An answer whose head does not parse ends the wait for it.
func TestAnswerThatDoesNotParse(t *testing.T) {
	r := newLonely(t)
	r.run()
	number, answer := r.ask(t)
	from := other
	from.id = number
	r.bus.receive(broker.Message{Data: append(appendHead(nil, frameAnswer, 77, from, 0), firstPiece|lastPiece, 0)})
	select {
	case status := <-answer:
		if status != 503 {
			t.Errorf("status %d", status)
		}
	case <-time.After(soon):
		t.Fatal("it waits on")
	}
	r.loop.Post(loop.Func(func() { close(answer) }))
	<-answer
	if r.bus.malformed.Load() != 1 {
		t.Error("not counted")
	}
}

// Requests whose end was lost do not take the room of others for good.
func TestUnfinishedRequestsExpire(t *testing.T) {
	r := newLonely(t)
	r.times.sweep = 10 * time.Millisecond
	r.run()
	for i := range partialRequests {
		from := other
		from.id = uint64(i)
		f := append(appendHead(nil, frameRequest, 77, from, 0), firstPiece)
		r.bus.receive(broker.Message{Data: append(f, postHead+"begun"...)})
	}
	for i := range partialRequests {
		f := r.next(t, frameAnswer)
		if binary.BigEndian.Uint16(f.body) != 503 {
			t.Fatalf("%d: %+v", i, f)
		}
	}
	done := make(chan int, 2)
	r.loop.Post(loop.Func(func() { done <- len(r.bus.gather.partial); done <- r.bus.gather.bytes }))
	if n, bytes := <-done, <-done; n != 0 || bytes != 0 || r.bus.refused.Load() != partialRequests {
		t.Errorf("%d bytes of %d requests are left, %d were refused", bytes, n, r.bus.refused.Load())
	}
}

// A request whose pieces go on coming may take its time.
func TestSlowRequestDoesNotExpire(t *testing.T) {
	g := newGathered(t, 1<<20)
	g.add(from, 0, firstPiece, postHead)
	for i := range uint32(10) {
		for range partialSweeps {
			if left := g.expire(); len(left) > 0 {
				t.Fatal("expired")
			}
		}
		g.add(from, i+1, 0, "x")
	}
	if whole, _, err := g.add(from, 11, lastPiece, ""); err != nil || whole != strings.Repeat("x", 10) {
		t.Errorf("%q, %v", whole, err)
	}
	g.empty()
}

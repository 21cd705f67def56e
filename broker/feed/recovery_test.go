package feed_test

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
)

// TestInterruptions: whoever is cut off, everything arrives once and in order.
func TestInterruptions(t *testing.T) {
	for _, test := range []struct {
		name string
		cut  []int
	}{{"publisher", []int{0}}, {"receiver", []int{1}}, {"both", []int{0, 1}}, {"both the other way", []int{1, 0}}} {
		t.Run(test.name, func(t *testing.T) {
			b, m := hub(t, 3)
			for _, r := range m[1:] {
				r.join(0, 1, 2, 3, 4)
			}
			for round := range 5 {
				m[0].number(200*round, 200*round+100, spread)
				for _, i := range test.cut {
					b[i].Interrupt()
				}
				m[0].number(200*round+100, 200*round+200, spread)
				for _, i := range test.cut {
					b[i].Restore()
				}
			}
			m[1].expect(0, 1000)
			m[2].expect(0, 1000)
			if s := m[1].Stats(); s.Replayed < 100 || s.Lost != 0 || s.Gaps+s.Interruptions == 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// TestDirectAndBucketsInOrder: direct messages keep their place among the others,
// over an interruption too.
func TestDirectAndBucketsInOrder(t *testing.T) {
	b, m := hub(t, 2)
	m[1].join(1)
	send := func(from, to int) {
		for i := from; i < to; i++ {
			data := binary.BigEndian.AppendUint32(nil, uint32(i))
			var err error
			switch i % 3 {
			case 0:
				err = m[0].Publish(1, data)
			case 1:
				err = m[0].Publish(feed.All, data)
			case 2:
				err = m[0].Direct(1, 1, data)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	send(0, 100)
	b[1].Interrupt()
	send(100, 200)
	b[1].Restore()
	send(200, 300)
	m[1].expect(0, 300)
	if s := m[1].Stats(); s.Direct != 100 {
		t.Errorf("%d direct", s.Direct)
	}
}

// lossy is a Broker on a bus that loses what it is told to, without a sign of it:
// servers between two workers may.
type lossy struct {
	broker.Broker
	lose atomic.Pointer[func(subject string, data []byte) bool]
}

func (l *lossy) Publish(subject string, data []byte) error {
	if f := l.lose.Load(); f != nil && (*f)(subject, data) {
		return nil
	}
	return l.Broker.Publish(subject, data)
}

func (l *lossy) when(f func(subject string, data []byte) bool) { l.lose.Store(&f) }

// pair is a publisher behind a lossy bus and a receiver.
func pair(t *testing.T, change func(*feed.Options)) (l *lossy, a, b *member) {
	h := broker.NewHub()
	l = &lossy{Broker: h.Connect()}
	c := h.Connect()
	t.Cleanup(func() { l.Close(); c.Close() })
	oa, ob := options(t, 0), options(t, 1)
	if change != nil {
		change(&oa)
		change(&ob)
	}
	a, b = start(t, l, oa), start(t, c, ob)
	a.knows(b)
	b.knows(a)
	return l, a, b
}

// TestSilentLoss: single messages vanish; those after them in the bucket, or the
// next beat, tell.
func TestSilentLoss(t *testing.T) {
	l, a, b := pair(t, nil)
	b.join(0, 1, 2, 3, 4)
	r := rand.New(rand.NewPCG(1, 2))
	l.when(func(subject string, _ []byte) bool { return strings.Contains(subject, ".bucket.") && r.IntN(20) == 0 })
	const n = 2000
	a.number(0, n, spread)
	// Order over buckets holds from beat to beat only; within a bucket always.
	next := map[uint16]int{}
	for _, d := range b.messages(n) {
		i := int(binary.BigEndian.Uint32(d.Data))
		if spread(i) != d.Bucket || i < next[d.Bucket] {
			t.Fatalf("bucket %d: %d after %d", d.Bucket, i, next[d.Bucket]-1)
		}
		next[d.Bucket] = i + 1
	}
	if s := b.Stats(); s.Gaps == 0 || s.Lost != 0 || s.Delivered != n {
		t.Errorf("%+v", s)
	}
}

// TestLastMessageLost: nothing follows in the bucket; the beat tells.
func TestLastMessageLost(t *testing.T) {
	l, a, b := pair(t, nil)
	b.join(1)
	a.number(0, 1, one(1))
	b.expect(0, 1)
	for i := 1; i <= 20; i++ {
		l.when(func(subject string, _ []byte) bool { return strings.Contains(subject, ".bucket.") })
		a.number(i, i+1, one(1))
		l.when(func(string, []byte) bool { return false })
		b.expect(0, i+1)
	}
	if s := b.Stats(); s.Gaps != 20 || s.Replayed != 20 {
		t.Errorf("%+v", s)
	}
}

// TestBeatsLost: with them goes the certainty; it is asked for.
func TestBeatsLost(t *testing.T) {
	l, a, b := pair(t, nil)
	b.join(1)
	var beats atomic.Int32
	l.when(func(subject string, _ []byte) bool {
		return strings.HasSuffix(subject, ".all") && beats.Add(1)%2 == 0
	})
	for i := 0; beats.Load() < 20; i++ {
		a.number(i, i+1, one(1))
		b.expect(0, i+1)
	}
	if s := b.Stats(); s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}

// TestAnswersLost: requests are repeated.
func TestAnswersLost(t *testing.T) {
	l, a, b := pair(t, nil)
	b.join(1)
	a.number(0, 1, one(1))
	b.expect(0, 1)
	var answers atomic.Int32
	l.when(func(subject string, _ []byte) bool {
		return strings.Contains(subject, ".bucket.") || strings.Contains(subject, ".home.") && answers.Add(1) <= 3
	})
	a.number(1, 10, one(1))
	b.expect(0, 10)
	if answers.Load() < 4 {
		t.Error("nothing was lost")
	}
}

// TestSlowHandler: the queue is bounded, what does not fit stays in the ring.
func TestSlowHandler(t *testing.T) {
	_, a, b := pair(t, func(o *feed.Options) { o.QueueMessages, o.QueueBytes = 50, 10000 })
	b.join(0, 1, 2, 3, 4)
	for round := range 3 {
		b.block()
		a.number(1000*round, 1000*round+900, spread)
		if s := b.Stats(); s.Queued > 50 {
			t.Errorf("%d in a queue of 50", s.Queued)
		}
		b.release()
		a.number(1000*round+900, 1000*round+1000, spread)
		b.expect(0, 1000*round+1000)
	}
	if s := b.Stats(); s.QueueOverflows == 0 || s.Replayed == 0 || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}

// TestLargeMessages: each larger than the queue and the ring.
func TestLargeMessages(t *testing.T) {
	l, a, b := pair(t, func(o *feed.Options) { o.QueueBytes, o.RingBytes = 1000, 30<<20 })
	b.join(1)
	var sent [][]byte
	for i := range 5 {
		l.when(func(subject string, _ []byte) bool { return i > 0 && strings.Contains(subject, ".bucket.") })
		data := bytes.Repeat([]byte{byte(i)}, 5<<20)
		sent = append(sent, data)
		a.publish(1, string(data))
	}
	for i, d := range b.messages(5) {
		if !bytes.Equal(d.Data, sent[i]) {
			t.Errorf("message %d differs", i)
		}
	}
}

// logLines is a log to read; each line is a value.
type logLines chan string

func (l logLines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func (l logLines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// lost waits for the line about a loss.
func (l logLines) lost(t *testing.T) string {
	t.Helper()
	for timeout := time.After(patience); ; {
		select {
		case s := <-l:
			if strings.Contains(s, "bus messages lost") {
				return s
			}
		case <-timeout:
			t.Fatal("no loss was logged")
		}
	}
}

// TestRingTooSmall: what the ring no longer holds is lost, counted, and said; the
// rest arrives in order.
func TestRingTooSmall(t *testing.T) {
	for _, last := range []uint16{1, 2} {
		log := make(logLines, 100)
		l, a, b := pair(t, func(o *feed.Options) {
			o.RingMessages = 10
			o.Logger = log.logger()
		})
		b.join(1, 2, 3)
		a.number(0, 5, one(1))
		b.expect(0, 5)
		l.when(func(subject string, _ []byte) bool { return !strings.Contains(subject, ".home.") })
		a.number(5, 50, one(1))
		a.number(50, 100, one(last))
		l.when(func(string, []byte) bool { return false })
		got := b.messages(15)
		for i, d := range got[5:] {
			if n := int(binary.BigEndian.Uint32(d.Data)); n != 90+i {
				t.Errorf("message %d after the loss is %d", i, n)
			}
		}
		b.number(0, 1, one(feed.All)) // works on
		a.expect(0, 1)
		if s := b.Stats(); s.Lost != uint64(last) { // streams with a loss
			t.Errorf("%d lost: %+v", last, s)
		}
		if s := log.lost(t); !strings.Contains(s, "slot=0") || len(log) > 0 {
			t.Errorf("log: %s, and %d more", s, len(log))
		}
	}
}

// TestPatience: a ring that never answers is given up.
func TestPatience(t *testing.T) {
	log := make(logLines, 100)
	l, a, b := pair(t, func(o *feed.Options) { o.Patience, o.Logger = 50*time.Millisecond, log.logger() })
	b.join(1)
	a.number(0, 1, one(1))
	b.expect(0, 1)
	l.when(func(subject string, _ []byte) bool { return !strings.HasSuffix(subject, ".all") })
	a.number(1, 10, one(1))
	log.lost(t)
	l.when(func(string, []byte) bool { return false })
	a.publish(1, "goes on")
	if got := b.messages(2); string(got[1].Data) != "goes on" {
		t.Errorf("got %q", got[1].Data)
	}
	if s := b.Stats(); s.Lost != 1 {
		t.Errorf("%+v", s)
	}
}

package feed_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker/feed"
)

// talker publishes numbers; before it publishes number i it has said so in begun.
type talker struct {
	m     *member
	begun atomic.Int64
	end   func() // returns when nothing is published any more
}

func talk(m *member, bucket func(i int) uint16) *talker {
	k := &talker{m: m}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	k.end = sync.OnceFunc(func() {
		close(stop)
		wg.Wait()
	})
	m.t.Cleanup(k.end)
	wg.Go(func() {
		tick := time.NewTicker(200 * time.Microsecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			if i%10 == 0 { // no faster than a slow machine reads
				select {
				case <-stop:
					return
				case <-tick.C:
				}
			}
			k.begun.Store(int64(i) + 1)
			if err := m.Publish(bucket(i), binary.BigEndian.AppendUint32(nil, uint32(i))); err != nil {
				m.t.Error(err)
				return
			}
		}
	})
	return k
}

// TestJoinAmongTraffic: a join neither misses what is published after it, nor
// brings what was published before it, nor takes the latter for a gap.
func TestJoinAmongTraffic(t *testing.T) {
	_, m := hub(t, 2)
	joinAmongTraffic(t, m, false)
	if s := m[1].Stats(); s.Gaps != 0 || s.Replayed != 0 || s.Duplicates != 0 || s.Lost != 0 {
		t.Errorf("%+v", s)
	}
}

// TestJoinAmongChaos: with interruptions, a join still misses nothing.
func TestJoinAmongChaos(t *testing.T) {
	for i := range 2 { // whose connection
		b, m := hub(t, 2)
		var wg sync.WaitGroup
		done := make(chan struct{})
		end := sync.OnceFunc(func() {
			close(done)
			wg.Wait()
		})
		t.Cleanup(end)
		wg.Go(func() {
			tick := time.NewTicker(2 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-done:
					return
				case <-tick.C:
				}
				b[i].Interrupt()
				flush(t, b[1-i])
				b[i].Restore()
			}
		})
		joinAmongTraffic(t, m, true)
		end()
		if s := m[1].Stats(); s.Lost != 0 || s.Replayed == 0 {
			t.Errorf("%+v", s)
		}
	}
}

func joinAmongTraffic(t *testing.T, m []*member, chaos bool) {
	const buckets = 5
	k := talk(m[0], func(i int) uint16 { return uint16(i % buckets) })
	for round := range 300 {
		bucket := uint16(round % buckets)
		before := int(k.begun.Load())
		m[1].join(bucket)
		after := int(k.begun.Load())
		// The first number of the bucket that is begun from now on must come.
		must := after + (int(bucket)-after%buckets+buckets)%buckets
		m[1].await("numbers after the join", func() bool {
			n := len(m[1].got)
			return n > 0 && int(binary.BigEndian.Uint32(m[1].got[n-1].Data)) >= must+2*buckets
		})
		m[1].Leave(bucket)
		m[1].mu.Lock()
		got := m[1].got
		m[1].got = nil
		m[1].mu.Unlock()
		first := -1
		for i, d := range got {
			n := int(binary.BigEndian.Uint32(d.Data))
			switch {
			case d.Bucket != bucket:
				if i > 0 && got[i-1].Bucket == bucket {
					t.Fatalf("a message of bucket %d in %d", d.Bucket, bucket)
				}
				continue // of the round before, delivered since
			case first < 0:
				if first = n; n < before-buckets && !chaos || n > must {
					t.Fatalf("round %d begins with %d, published from %d, must be there from %d", round, n, before, must)
				}
			default:
				// Before it must come, one may; all from then on must, in order.
				last := int(binary.BigEndian.Uint32(got[i-1].Data))
				if n != last+buckets && (!chaos || n <= last || n > must) {
					t.Fatalf("round %d: %d after %d, all must be there from %d", round, n, last, must)
				}
			}
		}
	}
	k.end()
}

// TestChaos: several workers publish to buckets, to all and to each other while
// connections come and go; each receives exactly what is for it, in order.
func TestChaos(t *testing.T) {
	const workers, buckets, messages = 4, 6, 3000
	b, m := hub(t, workers)
	for _, r := range m {
		for i := range uint16(buckets) {
			r.join(i)
		}
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() { // the chaos
		r := rand.New(rand.NewPCG(1, 1))
		for {
			i := r.IntN(workers)
			b[i].Interrupt()
			select {
			case <-done:
				b[i].Restore()
				return
			default:
			}
			flush(t, b[(i+1)%workers])
			b[i].Restore()
			m[i].Publish(feed.All, []byte("restored"))
		}
	})
	plans := make([][]string, workers) // what each worker publishes, as "target data"
	var talkers sync.WaitGroup
	for w := range workers {
		r := rand.New(rand.NewPCG(uint64(w), 2))
		for i := range messages {
			target := r.IntN(buckets + 1 + workers)
			if target == buckets+1+w {
				target = buckets
			}
			plans[w] = append(plans[w], fmt.Sprintf("%d %d", target, i))
		}
		talkers.Go(func() {
			for _, p := range plans[w] {
				var target, i int
				fmt.Sscan(p, &target, &i)
				var err error
				switch {
				case target < buckets:
					err = m[w].Publish(uint16(target), []byte(p))
				case target == buckets:
					err = m[w].Publish(feed.All, []byte(p))
				default:
					err = m[w].Direct(1, uint8(target-buckets-1), []byte(p))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	talkers.Wait()
	close(done)
	wg.Wait()
	for w, r := range m {
		for from := range m {
			if from == w {
				continue
			}
			var want []string
			for _, p := range plans[from] {
				var target int
				fmt.Sscan(p, &target)
				if target <= buckets || target == buckets+1+w {
					want = append(want, p)
				}
			}
			check(t, r, m[from].Origin(), want)
		}
		if s := r.Stats(); s.Lost != 0 || s.Malformed != 0 {
			t.Errorf("worker %d: %+v", w, s)
		}
	}
}

// check waits until r has all that was wanted of an origin, and compares.
func check(t *testing.T, r *member, o feed.Origin, want []string) {
	t.Helper()
	of := func() (got []string) {
		for _, d := range r.got {
			if d.Origin == o && string(d.Data) != "restored" {
				got = append(got, string(d.Data))
			}
		}
		return got
	}
	last := want[len(want)-1]
	r.await("the last message of "+fmt.Sprint(o), func() bool {
		for i := len(r.got) - 1; i >= 0; i-- {
			if r.got[i].Origin == o && string(r.got[i].Data) == last {
				return true
			}
		}
		return false
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	got := of()
	for i, w := range want {
		if i >= len(got) || got[i] != w {
			t.Fatalf("message %d of %v differs: want %q, got %q", i, o, w, got[min(i, len(got)-1)])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d messages, want %d", len(got), len(want))
	}
}

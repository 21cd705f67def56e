package brokertest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ioserver/ioserver/broker"
)

func testPublish(t *testing.T, bus Bus) {
	a, b, c := connect(t, bus), connect(t, bus), connect(t, bus)
	hb, mb := collect()
	hc, mc := collect()
	subscribe(t, b, "x.y", hb)
	subscribe(t, c, "x.y", hc)
	data := []byte("first")
	if err := a.Publish("x.y", data); err != nil {
		t.Fatal(err)
	}
	copy(data, "XXXXX") // the publisher's own again
	publish(t, a, "x.z", "nobody")
	publish(t, a, "x.y", "")
	for _, c := range []chan broker.Message{mb, mc} {
		for _, want := range []string{"first", ""} {
			m := await(t, c, "message")
			if m.Subject != "x.y" || m.Reply != "" || string(m.Data) != want {
				t.Errorf("got %q %q %q, want %q", m.Subject, m.Reply, m.Data, want)
			}
		}
	}
	if s := a.Stats(); s.Published != 3 || s.PublishedBytes != 11 {
		t.Errorf("published %d messages, %d bytes", s.Published, s.PublishedBytes)
	}
	if s := b.Stats(); s.Delivered != 2 || s.DeliveredBytes != 5 || s.Subscriptions != 1 {
		t.Errorf("delivered %d messages, %d bytes to %d", s.Delivered, s.DeliveredBytes, s.Subscriptions)
	}
}

func testNoEcho(t *testing.T, bus Bus) {
	a, b := connect(t, bus), connect(t, bus)
	h, c := collect()
	subscribe(t, a, "x", h)
	publish(t, a, "x", "own")
	flush(t, a)
	publish(t, b, "x", "other")
	if m := await(t, c, "message"); string(m.Data) != "other" {
		t.Errorf("got %q", m.Data)
	}
}

func testWildcards(t *testing.T, bus Bus) {
	a, b := connect(t, bus), connect(t, bus)
	patterns := []string{"a.b", "a.*", "*.b", "a.>", ">", "a.*.c", "*"}
	subjects := map[string][]string{
		"a.b":     {"a.b", "a.*", "*.b", "a.>", ">"},
		"a.c":     {"a.*", "a.>", ">"},
		"a":       {">", "*"},
		"a.b.c":   {"a.>", ">", "a.*.c"},
		"b.b":     {"*.b", ">"},
		"a.b.c.d": {"a.>", ">"},
	}
	var mu sync.Mutex
	got := map[string]map[string]int{}
	for _, p := range patterns {
		subscribe(t, b, p, func(m broker.Message) {
			mu.Lock()
			defer mu.Unlock()
			if got[m.Subject] == nil {
				got[m.Subject] = map[string]int{}
			}
			got[m.Subject][p]++
		})
	}
	h, end := collect()
	subscribe(t, b, "end.of.the.test", h)
	for s := range subjects {
		publish(t, a, s, "x")
	}
	publish(t, a, "end.of.the.test", "x")
	await(t, end, "end")
	for s, want := range subjects {
		if len(got[s]) != len(want) {
			t.Errorf("%s reached %v, want %v", s, got[s], want)
		}
		for _, p := range want {
			if got[s][p] != 1 {
				t.Errorf("%s reached %s %d times", s, p, got[s][p])
			}
		}
	}
}

func testBadSubjects(t *testing.T, bus Bus) {
	b := connect(t, bus)
	long := fmt.Sprintf("%01000d", 0)
	for _, s := range []string{"", ".", "a.", ".a", "a..b", "a b", "a\r\nPUB", "a\x00", "\t", "*.a", "a.*", ">", long} {
		if err := b.Publish(s, nil); !errors.Is(err, broker.ErrBadSubject) {
			t.Errorf("publish to %.20q: %v", s, err)
		}
		if _, err := b.Request(patient(t), s, nil); !errors.Is(err, broker.ErrBadSubject) {
			t.Errorf("request to %.20q: %v", s, err)
		}
	}
	for _, s := range []string{"", ".", "a.", ".a", "a..b", "a b", "a\nb", ">.a", long} {
		if _, err := b.Subscribe(s, nil); !errors.Is(err, broker.ErrBadSubject) {
			t.Errorf("subscribe to %.20q: %v", s, err)
		}
	}
}

// testOrder: two publishers, many subscriptions; each publisher's order holds
// over all of them, and no two handlers run at once.
func testOrder(t *testing.T, bus Bus) {
	const publishers, subjects, messages = 2, 40, 5000
	b := connect(t, bus)
	var running atomic.Int32
	next := make([]int, publishers)
	var wrong error
	done := make(chan struct{})
	left := publishers * messages
	handle := func(m broker.Message) {
		if running.Add(1) != 1 {
			wrong = errors.New("two handlers at once")
		}
		defer running.Add(-1)
		p, n := int(m.Data[0]), 0
		if n, _ = strconv.Atoi(string(m.Data[1:])); n != next[p] && wrong == nil {
			wrong = fmt.Errorf("publisher %d: got %d on %s, want %d", p, n, m.Subject, next[p])
		}
		next[p]++
		if left--; left == 0 {
			close(done)
		}
	}
	for i := range subjects {
		subscribe(t, b, fmt.Sprintf("order.%d", i), handle)
	}
	var published sync.WaitGroup
	defer published.Wait()
	for p := range publishers {
		a := connect(t, bus)
		published.Go(func() {
			for i := range messages {
				subject := fmt.Sprintf("order.%d", rand.IntN(subjects))
				if err := a.Publish(subject, append([]byte{byte(p)}, strconv.Itoa(i)...)); err != nil {
					t.Errorf("publish: %v", err)
					return
				}
			}
		})
	}
	await(t, done, "last message")
	if wrong != nil {
		t.Error(wrong)
	}
}

func testFlush(t *testing.T, bus Bus) {
	a, b := connect(t, bus), connect(t, bus)
	h, c := collect()
	for i := range 300 {
		subject := fmt.Sprintf("flush.%d", i)
		subscribe(t, b, subject, h)
		publish(t, a, subject, strconv.Itoa(i))
	}
	for i := range 300 {
		if m := await(t, c, "message"); string(m.Data) != strconv.Itoa(i) {
			t.Fatalf("got %s, want %d", m.Data, i)
		}
	}
}

// testSync: what was on its way before comes before.
func testSync(t *testing.T, bus Bus) {
	a, b := connect(t, bus), connect(t, bus)
	const rounds, messages = 20, 50
	seen := 0
	subscribe(t, b, "sync", func(broker.Message) { seen++ })
	at := make(chan int, rounds)
	for range rounds {
		for range messages {
			publish(t, a, "sync", "x")
		}
		flush(t, a)
		if err := b.Sync(patient(t), func() { at <- seen }); err != nil {
			t.Fatal(err)
		}
	}
	for i := range rounds {
		if got := await(t, at, "sync"); got < (i+1)*messages {
			t.Errorf("round %d: %d messages before the function", i, got)
		}
	}
}

func testUnsubscribe(t *testing.T, bus Bus) {
	a, b := connect(t, bus), connect(t, bus)
	h, c := collect()
	s := subscribe(t, b, "x", h)
	publish(t, a, "x", "1")
	await(t, c, "message")
	for range 2 {
		if err := s.Unsubscribe(); err != nil {
			t.Fatal(err)
		}
	}
	flush(t, b)
	publish(t, a, "x", "2")
	flush(t, a)
	subscribe(t, b, "x", h)
	publish(t, a, "x", "3")
	if m := await(t, c, "message"); string(m.Data) != "3" {
		t.Errorf("got %q", m.Data)
	}
}

func testLarge(t *testing.T, bus Bus) {
	a, b := connect(t, bus), connect(t, bus)
	h, c := collect()
	subscribe(t, b, "large", h)
	limit := a.MaxPayload()
	for _, n := range []int{5 << 20, limit - 1, limit, limit + 1, 2*limit + 1, 1} {
		n = min(n, 6<<20)
		data := random(n)
		if err := a.Publish("large", data); err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if m := await(t, c, "large message"); sha256.Sum256(m.Data) != sha256.Sum256(data) {
			t.Errorf("%d bytes arrived as %d others", n, len(m.Data))
		}
	}
	if err := a.Publish("large", make([]byte, 1<<20+64<<20)); !errors.Is(err, broker.ErrTooLarge) {
		t.Errorf("far too large: %v", err)
	}
}

// testLargeFromMany: parts of several publishers interleave; small messages of
// each stay in their order among the large ones.
func testLargeFromMany(t *testing.T, bus Bus) {
	const publishers, rounds, large = 4, 3, 1200 << 10 // no more than the bus may hold
	b := connect(t, bus)
	h, c := collect()
	subscribe(t, b, "many", h)
	var published sync.WaitGroup
	defer published.Wait()
	for p := range publishers {
		a := connect(t, bus)
		published.Go(func() {
			for i := range 2 * rounds {
				data := []byte{byte(p), byte(i)}
				if i%2 == 0 {
					data = append(data, make([]byte, large)...)
				}
				if err := a.Publish("many", data); err != nil {
					t.Errorf("publish: %v", err)
				}
			}
		})
	}
	next := make([]byte, publishers)
	for range publishers * 2 * rounds {
		m := await(t, c, "message")
		p, i := m.Data[0], m.Data[1]
		want := 2 + (1-int(i)%2)*large
		if i != next[p] || len(m.Data) != want {
			t.Fatalf("publisher %d: got %d of %d bytes, want %d of %d", p, i, len(m.Data), next[p], want)
		}
		next[p]++
	}
}

func random(n int) []byte {
	data := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n)})
	r.Read(data)
	return data
}

package feed

import "testing"

func TestRing(t *testing.T) {
	r := ring{maxMessages: 100, maxBytes: 100 * (keptSize + 10)}
	frame := make([]byte, 10)
	for i := range 1000 {
		r.push(kept{prev: uint64(i), frame: frame, tick: uint32(i)})
		if r.head != uint64(i+1) || r.n != min(i+1, 100) || r.bytes != r.n*(keptSize+10) {
			t.Fatalf("after %d: head %d, %d messages, %d bytes", i+1, r.head, r.n, r.bytes)
		}
		for n := r.oldest(); n <= r.head; n++ {
			if r.at(n).prev != n-1 {
				t.Fatalf("after %d: %d is %+v", i+1, n, r.at(n))
			}
		}
	}
	if len(r.slots) != 128 {
		t.Errorf("%d slots for 100 messages", len(r.slots))
	}
}

// TestRingBytes: the newest stays, however large.
func TestRingBytes(t *testing.T) {
	r := ring{maxMessages: 100, maxBytes: 1000}
	for range 5 {
		r.push(kept{frame: make([]byte, 100)})
	}
	r.push(kept{frame: make([]byte, 5000)})
	if r.n != 1 || r.oldest() != 6 {
		t.Errorf("%d messages from %d", r.n, r.oldest())
	}
	r.push(kept{frame: make([]byte, 100)})
	if r.n != 1 || r.oldest() != 7 || r.bytes != 100+keptSize {
		t.Errorf("%d messages from %d, %d bytes", r.n, r.oldest(), r.bytes)
	}
}

func TestRingExpire(t *testing.T) {
	r := ring{maxMessages: 1 << 16, maxBytes: 1 << 30}
	start := ^uint32(0) - 50 // the tick may wrap
	for i := range uint32(1000) {
		r.push(kept{tick: start + i/10})
	}
	for _, test := range []struct {
		tick        uint32
		n, maxSlots int
	}{{start, 1000, 1024}, {start + 60, 400, 1024}, {start + 99, 10, 64}, {start + 100, 0, 64}, {start + 200, 0, 64}} {
		r.expire(test.tick)
		if r.n != test.n || len(r.slots) > test.maxSlots {
			t.Errorf("tick %d: %d messages in %d slots", test.tick-start, r.n, len(r.slots))
		}
	}
	if r.bytes != 0 || r.oldest() != 1001 {
		t.Errorf("%d bytes, oldest %d", r.bytes, r.oldest())
	}
	r.push(kept{prev: 7})
	if r.oldest() != 1001 || r.at(1001).prev != 7 {
		t.Error("the next is lost")
	}
}

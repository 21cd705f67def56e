package worker

import "testing"

// What a client may send in one message fits into one on the bus.
func TestBusLimits(t *testing.T) {
	for size, want := range map[int]int{1: 32 << 20, 1_000_000: 32 << 20, 100_000_000: 100_000_000 + 16<<20} {
		l := busLimitsFor(size)
		if l.message != want || l.frame <= l.message || l.joining < 2*l.frame {
			t.Errorf("%d: %+v", size, l)
		}
	}
}

package master

import (
	"testing"
	"time"
)

func TestRespawnPauses(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		0: 0, 1: 0, 2: 100 * time.Millisecond, 3: 200 * time.Millisecond, 6: 1600 * time.Millisecond, 9: 10 * time.Second, 1000: 10 * time.Second,
	} {
		if got := respawnPause(failures); got != want {
			t.Errorf("after %d failures: %v, want %v", failures, got, want)
		}
	}
	var p respawn
	now := time.Now()
	for n := 1; n <= 4; n++ {
		if got := p.died(time.Time{}, now); got != respawnPause(n) || !p.at.Equal(now.Add(got)) {
			t.Errorf("failure %d: %v, at %v", n, got, p.at)
		}
	}
	if got := p.died(now.Add(-settledAfter/2), now); got != respawnPause(5) {
		t.Errorf("a death just after the start: %v", got)
	}
	if got := p.died(now.Add(-settledAfter), now); got != 0 || p.failures != 0 {
		t.Errorf("a death in service: %v, %d failures", got, p.failures)
	}
}

package master

import "time"

// respawn decides when a child that died is started again.
type respawn struct {
	failures int       // deaths in a row before having settled
	at       time.Time // when to start the next; zero: nothing is due
}

// died returns the pause before the next start of a child that served from readyAt (zero: never) until now.
func (p *respawn) died(readyAt, now time.Time) time.Duration {
	if !readyAt.IsZero() && now.Sub(readyAt) >= settledAfter {
		p.failures = 0
	} else {
		p.failures++
	}
	pause := respawnPause(p.failures)
	p.at = now.Add(pause)
	return pause
}

// respawnPause is none after a death in service and after the first failure, then grows.
func respawnPause(failures int) time.Duration {
	if failures < 2 {
		return 0
	}
	return min(respawnPauseMin<<min(failures-2, 16), respawnPauseMax)
}

package loop

import (
	"math"
	"time"
)

// Expirer is called when a timer it was armed with is due. The timer is disarmed by then and may be armed again.
type Expirer interface{ Expire(t *Timer) }

// Timer is one deadline, embedded in what waits for it. The zero value is ready and not armed. It must not be copied or dropped
// while armed (an armed timer keeps itself and its Expirer alive). Its memory belongs to the embedder.
type Timer struct {
	next, prev *Timer
	expirer    Expirer
	place      uint64 // due tick << placeBits | slot+1; 0: not armed
}

// Armed says whether the timer will expire.
func (t *Timer) Armed() bool { return t.place != 0 }

// tick is the resolution of timers. It is coarse so that what is due about the same time, heartbeats above all, is one batch.
const tick = 10 * time.Millisecond

// Arm makes e.Expire(t) be called at the first turn after at, never before it and as a rule at most two ticks of 10 ms later. A
// time in the past means the next tick. Arming an armed timer moves it. Constant time, no allocation. Loop goroutine only.
func (l *Loop) Arm(t *Timer, at time.Time, e Expirer) {
	l.wheel.arm(t, l.tickAfter(at), e)
}

// Disarm makes t not expire, also when it is due in the batch that is being worked through. Loop goroutine only.
func (l *Loop) Disarm(t *Timer) { l.wheel.disarm(t) }

// tickAfter is the first tick that does not begin before at.
func (l *Loop) tickAfter(at time.Time) uint64 {
	d := at.Sub(l.epoch)
	switch {
	case d <= 0:
		return 0
	case d > math.MaxInt64-tick:
		return uint64(math.MaxInt64 / tick)
	}
	return uint64((d + tick - 1) / tick)
}

// ticksPassed is the last tick that has begun.
func (l *Loop) ticksPassed() uint64 { return uint64(max(l.now.Sub(l.epoch), 0) / tick) }

// nextWake is when the wheel next wants a turn; ok is false when no timer is armed.
func (l *Loop) nextWake() (at time.Time, ok bool) {
	n, ok := l.wheel.next()
	if !ok {
		return time.Time{}, false
	}
	return l.epoch.Add(time.Duration(n) * tick), true
}

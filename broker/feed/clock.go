package feed

import (
	"sync"
	"time"
)

// clock runs what is due: beats, ticks, repeated requests. One goroutine.
type clock struct {
	beat time.Duration
	kick chan struct{} // look at the deadlines again
	done chan struct{}

	mu       sync.Mutex
	nextBeat time.Time
	meet     time.Time // when all others have been heard; zero: not connected, or they have been

	met chan struct{} // closed then
}

func newClock(beat time.Duration) *clock {
	return &clock{beat: beat, kick: make(chan struct{}, 1), done: make(chan struct{}), met: make(chan struct{})}
}

func (c *clock) now() time.Time { return time.Now() }

// wake makes the clock look at its deadlines.
func (c *clock) wake() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// soon brings the next beat forward; many calls make one beat.
func (c *clock) soon() {
	c.mu.Lock()
	if t := c.now().Add(c.beat / 20); t.Before(c.nextBeat) {
		c.nextBeat = t
		defer c.wake()
	}
	c.mu.Unlock()
}

// due reports whether a beat is, and then sets the next.
func (c *clock) due(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.nextBeat.After(now) {
		return false
	}
	c.nextBeat = now.Add(c.beat)
	return true
}

func (c *clock) next() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.meet.IsZero() && c.meet.Before(c.nextBeat) {
		return c.meet
	}
	return c.nextBeat
}

// connected starts, or stops, the beat in which each of the others is heard:
// they answer a hello within a part of it.
func (c *clock) connected(yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case isClosed(c.met):
	case !yes:
		c.meet = time.Time{}
	case c.meet.IsZero():
		c.meet = c.now().Add(c.beat)
		c.wake()
	}
}

// greet ends that beat.
func (c *clock) greet(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.meet.IsZero() && !c.meet.After(now) {
		c.meet = time.Time{}
		close(c.met)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// run until stop.
func (c *clock) run(f *Feed) {
	age := uint32(f.o.RingAge/c.beat) + 1
	nextTick := c.now().Add(c.beat)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-c.kick:
		case <-timer.C:
		}
		now := c.now()
		c.greet(now)
		if c.due(now) {
			f.out.announce(0) // failing, it leaves the outbox stale, and says so there
		}
		if !nextTick.After(now) {
			nextTick = now.Add(c.beat)
			f.in.tick()
			f.out.expire(age)
		}
		next := c.next()
		if nextTick.Before(next) {
			next = nextTick
		}
		if retry := f.in.retries(); !retry.IsZero() && retry.Before(next) {
			next = retry
		}
		timer.Reset(max(time.Until(next), 0))
	}
}

func (c *clock) stop() { close(c.done) }

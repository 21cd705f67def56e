package demo

import "time"

// bucket lets MessageBurst actions pass at once, and MessagesPerSecond in the
// long run.
type bucket struct {
	tokens float64
	last   time.Time
}

func (b *bucket) take(now time.Time) bool {
	if b.last.IsZero() {
		b.tokens = MessageBurst
	} else {
		b.tokens = min(MessageBurst, b.tokens+now.Sub(b.last).Seconds()*MessagesPerSecond)
	}
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

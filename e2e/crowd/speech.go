package crowd

import (
	"context"
	"sync"
	"time"
)

// Speaker is a client that speaks, by a name of its own.
type Speaker struct {
	*Client
	Name string
}

// Speech is what several clients say to everybody at the same time.
type Speech struct {
	over chan struct{}
	wg   sync.WaitGroup
	mu   sync.Mutex
	said map[string]int
}

// Begin has each of them speak, as Speak does, until End.
func Begin(ctx context.Context, speakers []Speaker, pause time.Duration) *Speech {
	s := &Speech{over: make(chan struct{}), said: make(map[string]int)}
	for _, by := range speakers {
		s.wg.Go(func() {
			said := Speak(ctx, s.over, by.Client, by.Name, pause)
			s.mu.Lock()
			defer s.mu.Unlock()
			for name, last := range said {
				s.said[name] = last
			}
		})
	}
	return s
}

// End ends it, and returns the last number of each name.
func (s *Speech) End() map[string]int {
	close(s.over)
	s.wg.Wait()
	return s.said
}

package embedded

import (
	"net"
	"sync"
	"time"
)

// What is said of one thing that goes on: at first, and then after growing
// pauses.
const (
	quietMin  = time.Minute
	quietMax  = time.Hour
	quietKeys = 256 // things that are told apart; all others are one
)

// quiet thins out what would be said again and again. It is safe for concurrent
// use.
type quiet struct {
	mu     sync.Mutex
	spoken map[string]*spoken
}

type spoken struct {
	until time.Time
	pause time.Duration
	held  int
}

// speak tells whether it may be said now, and how often it was not since it was.
func (q *quiet) speak(key string, now time.Time) (held int, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.spoken == nil {
		q.spoken = make(map[string]*spoken)
	}
	s := q.spoken[key]
	if s == nil {
		s = q.add(key, now)
	}
	if now.Before(s.until) {
		s.held++
		return 0, false
	}
	if now.Sub(s.until) > quietMax { // long over: it begins anew
		s.pause = 0
	}
	held, s.held = s.held, 0
	s.pause = min(max(2*s.pause, quietMin), quietMax)
	s.until = now.Add(s.pause)
	return held, true
}

// others stands for whatever there is no more room for.
const others = ""

func (q *quiet) add(key string, now time.Time) *spoken {
	if len(q.spoken) >= quietKeys {
		for k, s := range q.spoken {
			if now.After(s.until) {
				delete(q.spoken, k)
			}
		}
	}
	if len(q.spoken) >= quietKeys {
		key = others
		if s := q.spoken[key]; s != nil {
			return s
		}
	}
	s := new(spoken)
	q.spoken[key] = s
	return s
}

// forget makes the next word of it the first.
func (q *quiet) forget(key string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.spoken, key)
}

// hostOf is an address without its port.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

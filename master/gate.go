package master

import (
	"time"

	"golang.org/x/sys/unix"
)

// gate lets connections in at a rate: a bucket of tokens, one for each. Who finds none stays in line, unread, until it is their turn.
// It belongs to run.
type gate struct {
	rate   int     // a second; 0: all come in at once
	tokens float64 // as of filled
	filled time.Time
	line   []waiting // in order of arrival
	bounds gateBounds
}

// gateBounds are limits.go's, smaller in tests.
type gateBounds struct {
	line int
	age  time.Duration
}

// burst is how many may come in at once after a quiet time.
func (g *gate) burst() float64 { return max(float64(g.rate)/rateBurst, 1) }

// set changes the rate. A bucket begins full.
func (g *gate) set(rate int, now time.Time) {
	g.fill(now)
	if g.rate == 0 {
		g.tokens = float64(rate) // fill cuts it
	}
	g.rate, g.filled = rate, now
	g.tokens = min(g.tokens, g.burst())
}

// fill adds what has come together since.
func (g *gate) fill(now time.Time) {
	if passed := now.Sub(g.filled); g.rate > 0 && passed > 0 {
		g.tokens = min(g.tokens+passed.Seconds()*float64(g.rate), g.burst())
		g.filled = now
	}
}

// ready tells whether there is a token.
func (g *gate) ready(now time.Time) bool {
	g.fill(now) // also where there are some: what came while the bucket was full is lost
	return g.tokens >= 1
}

// take takes a token, if there is one.
func (g *gate) take(now time.Time) bool {
	if g.rate == 0 {
		return true
	}
	if !g.ready(now) {
		return false
	}
	g.tokens--
	return true
}

// opens tells whether who comes now comes in now: nobody is before them, and there is a token.
func (g *gate) opens(now time.Time) bool { return len(g.line) == 0 && g.take(now) }

// join puts c at the end of the line, unless that is too long.
func (g *gate) join(c conn, now time.Time) bool {
	if len(g.line) >= g.bounds.line {
		return false
	}
	g.line = append(g.line, waiting{c, now.Add(g.bounds.age)})
	return true
}

// leave takes the first one off.
func (g *gate) leave() waiting {
	w := g.line[0]
	g.line[0] = waiting{}
	if g.line = g.line[1:]; len(g.line) == 0 {
		g.line = nil
	}
	return w
}

// deadline is when somebody's turn or time comes; zero: nobody waits. Turns of a high rate come several at a time, so that the master
// sleeps in between.
func (g *gate) deadline() time.Time {
	switch {
	case len(g.line) == 0:
		return time.Time{}
	case g.rate == 0:
		return g.filled
	}
	wanted := min(max(1, float64(g.rate)/rateTurns), g.burst())
	at := g.filled.Add(time.Duration((wanted-g.tokens)/float64(g.rate)*float64(time.Second)).Truncate(time.Microsecond) + time.Microsecond)
	return earlier(at, g.line[0].until)
}

// hungUp tells whether a client has closed its side: nobody is there to be served.
func hungUp(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLRDHUP}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0
}

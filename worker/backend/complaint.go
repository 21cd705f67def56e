package backend

import (
	"log/slog"
	"sync"
	"time"
)

// complaint is what may go wrong all the time: the log hears of the first, and
// then once a minute how often it was.
type complaint struct {
	logger *slog.Logger
	text   string
	every  time.Duration

	mu     sync.Mutex
	timer  *time.Timer // nil: nothing was said lately
	count  int         // not said yet
	last   []any
	closed bool
}

// say is for what has just happened.
func (c *complaint) say(attrs ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	if c.timer != nil {
		c.count++
		c.last = attrs
		return
	}
	c.logger.Warn(c.text, append(attrs, "count", 1)...)
	c.timer = time.AfterFunc(c.every, c.again)
}

// again tells of what has come since.
func (c *complaint) again() {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closed:
	case c.count == 0:
		c.timer = nil
	default:
		c.tell()
		c.timer = time.AfterFunc(c.every, c.again)
	}
}

func (c *complaint) tell() {
	c.logger.Warn(c.text, append(c.last, "count", c.count)...)
	c.count, c.last = 0, nil
}

// close says what was not said yet.
func (c *complaint) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.count > 0 {
		c.tell()
	}
}

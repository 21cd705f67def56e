package intake

import (
	"log/slog"
	"sync"
	"time"
)

// complaintPause is how long the log hears nothing after it has.
const complaintPause = time.Minute

// complaint is what may go wrong all the time: the log hears of the first, and
// of the next after a minute, with how many there were.
type complaint struct {
	logger *slog.Logger
	text   string

	mu    sync.Mutex
	said  time.Time
	count int
}

func (c *complaint) say(attrs ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	now := time.Now()
	if !c.said.IsZero() && now.Sub(c.said) < complaintPause {
		return
	}
	c.logger.Warn(c.text, append(attrs, "count", c.count)...)
	c.said, c.count = now, 0
}

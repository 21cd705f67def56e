package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// logger passes the server's lines on. Its notices are news to nobody but a
// developer, save one; a fatal error must not end the process here.
type logger struct {
	l *slog.Logger

	mu   sync.Mutex
	last string // fatal
}

// slowConsumer is in the line about a client that is cut off.
const slowConsumer = "Slow Consumer"

// plaintext is a warning about secrets in a configuration file; ours are in none.
const plaintext = "Plaintext passwords detected"

func (l *logger) Debugf(format string, v ...any) { l.l.Debug("nats server", "line", line(format, v)) }
func (l *logger) Tracef(format string, v ...any) { l.l.Debug("nats server", "line", line(format, v)) }
func (l *logger) Errorf(format string, v ...any) { l.l.Error("nats server", "line", line(format, v)) }

func (l *logger) Noticef(format string, v ...any) {
	level := slog.LevelDebug
	if strings.Contains(format, slowConsumer) {
		level = slog.LevelWarn
	}
	l.l.Log(context.Background(), level, "nats server", "line", line(format, v))
}

func (l *logger) Warnf(format string, v ...any) {
	if s := line(format, v); !strings.HasPrefix(s, plaintext) {
		l.l.Warn("nats server", "line", s)
	}
}

func (l *logger) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = line(format, v)
}

func (l *logger) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

func line(format string, v []any) string { return fmt.Sprintf(format, v...) }

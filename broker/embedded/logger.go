package embedded

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// logger passes the server's lines on. Its notices are news to nobody but a
// developer, save one; a fatal error must not end the process here.
type logger struct {
	l *slog.Logger

	// Of a server that others join.
	secret string    // is in no line
	words  chan word // about connections to them; nil: there are none
	quiet  *quiet

	mu     sync.Mutex
	last   string        // fatal
	failed chan struct{} // closed by the first
}

// slowConsumer is in the line about a client that is cut off.
const slowConsumer = "Slow Consumer"

// plaintext is a warning about secrets in a configuration file; ours are in none.
const plaintext = "Plaintext passwords detected"

func newLogger(l *slog.Logger) *logger { return &logger{l: l, failed: make(chan struct{})} }

func (l *logger) Debugf(format string, v ...any) { l.say(slog.LevelDebug, l.line(format, v)) }
func (l *logger) Tracef(format string, v ...any) { l.say(slog.LevelDebug, l.line(format, v)) }

func (l *logger) Errorf(format string, v ...any) {
	s := l.line(format, v)
	if l.words != nil && (l.ofRoute(s) || l.ofDial(s)) {
		return
	}
	l.say(slog.LevelError, s)
}

func (l *logger) Noticef(format string, v ...any) {
	level, s := slog.LevelDebug, l.line(format, v)
	if strings.Contains(format, slowConsumer) {
		level = slog.LevelWarn
	}
	if address, text, ok := route(s); ok && l.words != nil {
		if closed, ok := strings.CutPrefix(text, closedLine); ok {
			l.tell(word{address, closed, true})
		}
	}
	if !strings.HasPrefix(s, removedLine) {
		l.say(level, s)
	}
}

func (l *logger) Warnf(format string, v ...any) {
	s := l.line(format, v)
	if strings.HasPrefix(s, plaintext) || l.words != nil && (strings.HasPrefix(s, insecureTLS) || l.ofRoute(s)) {
		return
	}
	l.say(slog.LevelWarn, s)
}

func (l *logger) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == "" {
		close(l.failed)
	}
	l.last = l.line(format, v)
}

func (l *logger) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// ofRoute: the line is about a connection to another server, and the joiner's.
func (l *logger) ofRoute(s string) bool {
	address, text, ok := route(s)
	if ok && !strings.HasPrefix(text, authLine) {
		l.tell(word{address, text, false})
	}
	if ok {
		l.say(slog.LevelDebug, s)
	}
	return ok
}

// ofDial: the line is about another server that cannot be reached, which is
// nothing to worry about: machines start in any order.
func (l *logger) ofDial(s string) bool {
	if !strings.HasPrefix(s, notReached) {
		return false
	}
	_, err, _ := strings.Cut(s, ": ")
	if held, ok := l.quiet.speak("dial "+err, time.Now()); ok {
		l.l.Info("a server is not reached, trying on", "error", err, "unsaid", held)
	}
	return true
}

// tell leaves a word for the joiner. One that is too many is lost: its address is
// then tried again without a pause.
func (l *logger) tell(w word) {
	select {
	case l.words <- w:
	default:
	}
}

func (l *logger) say(level slog.Level, s string) {
	l.l.Log(context.Background(), level, "nats server", "line", s)
}

func (l *logger) line(format string, v []any) string {
	s := fmt.Sprintf(format, v...)
	if l.secret != "" {
		s = strings.ReplaceAll(s, l.secret, "...")
	}
	return s
}

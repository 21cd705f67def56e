package logging

import (
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what is logged and how. Its names are those of the children's
// configuration.
type Config struct {
	Level  slog.Level `json:"LogLevel"`
	Format string     `json:"LogFormat"` // "text" or "json"; "" is text
}

// ErrUnwritten is Close's error when the writer did not take all lines in time.
var ErrUnwritten = errors.New("logging: lines left that could not be written in time")

// Log is the log of one process. All methods are safe for concurrent use.
type Log struct {
	level      slog.LevelVar
	json       bool
	about      []slog.Attr
	formatters sync.Pool

	mu     sync.Mutex // held for moments only, never while something is written
	queue  queue
	floods floods
	closed bool

	lost    atomic.Uint64
	wake    chan struct{} // there is something to do for the writer
	closing chan struct{}
	late    chan struct{} // closed when Close waits no longer
	done    chan struct{} // closed when the writer has ended
	close   func() error
}

// New starts a log that writes to w until Close; w remains the caller's, and is
// written to by one goroutine only. The attributes about go to the lines that the
// log adds by itself, such as how many lines were lost.
func New(w io.Writer, c Config, about ...slog.Attr) *Log {
	l := &Log{
		json:    c.Format == "json",
		about:   about,
		wake:    make(chan struct{}, 1),
		closing: make(chan struct{}),
		late:    make(chan struct{}),
		done:    make(chan struct{}),
	}
	l.level.Set(c.Level)
	l.formatters.New = func() any { return newFormatter(l.json) }
	l.queue.notice, l.queue.lost = l.lostLine, &l.lost
	l.floods.init()
	l.close = sync.OnceValue(l.end)
	go (&writer{log: l, w: w}).run()
	return l
}

// Logger logs to l.
func (l *Log) Logger() *slog.Logger { return slog.New(&handler{log: l, slot: noSlot}) }

// SetLevel changes the least level that is logged, from the next event on.
func (l *Log) SetLevel(level slog.Level) { l.level.Set(level) }

// Lost is how many lines have been lost since New, for want of room or because
// they could not be written. Repeats that a flood's line tells of are not lost.
func (l *Log) Lost() uint64 { return l.lost.Load() }

// Close writes what can be written within a second and ends the log. What is
// logged afterwards is lost. Every call returns what the first one did.
func (l *Log) Close() error { return l.close() }

func (l *Log) end() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	close(l.closing)
	timer := time.NewTimer(closeTime)
	defer timer.Stop()
	select {
	case <-l.done:
		return nil
	case <-timer.C:
		l.mu.Lock()
		defer l.mu.Unlock()
		l.queue.abandon()
		close(l.late)
		return ErrUnwritten
	}
}

// take queues one event's line, unless it is one too many of its kind.
func (l *Log) take(k kind, r slog.Record) {
	f := l.formatters.Get().(*formatter)
	if l.enqueue(k, f.line(r)) {
		l.rouse()
	}
	if f.buf.Cap() <= 2*maxLine {
		l.formatters.Put(f)
	}
}

// enqueue says whether the writer has to look.
func (l *Log) enqueue(k kind, line []byte) bool {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		l.lost.Add(1)
		return false
	}
	told := l.floods.expire(now, l.tell)
	pass, first := l.floods.admit(k, now, line)
	if pass {
		l.queue.push(line)
	}
	return pass || first || told
}

// tell queues the line of a flood that is over.
func (l *Log) tell(m *flood) {
	if m.kind == rest {
		l.queue.push(l.own(slog.LevelWarn, "log lines of too many kinds left out", slog.Uint64("repeated", m.repeated)))
		return
	}
	l.queue.push(m.line(l.json))
}

// rouse has the writer look.
func (l *Log) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// own formats a line of the log's own.
func (l *Log) own(level slog.Level, message string, attrs ...slog.Attr) []byte {
	r := slog.NewRecord(time.Now(), level, message, 0)
	r.AddAttrs(l.about...)
	r.AddAttrs(attrs...)
	return newFormatter(l.json).line(r)
}

func (l *Log) lostLine(n uint64) []byte {
	return l.own(slog.LevelWarn, "log lines lost", slog.Uint64("lost", n))
}

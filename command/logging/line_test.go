package logging_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/slogtest"

	"github.com/ioserver/ioserver/command/logging"
)

// sink keeps what is written, and lets through one write at a time.
type sink struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *sink) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// lines are what has been written, without line breaks. The last line has one.
func (s *sink) lines(t testing.TB) []string {
	t.Helper()
	text := s.String()
	if text == "" {
		return nil
	}
	if !strings.HasSuffix(text, "\n") {
		t.Errorf("the last line has no end: %q", text[max(0, len(text)-80):])
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// written is what a log wrote of what do logged.
func written(t testing.TB, c logging.Config, do func(*slog.Logger)) []string {
	t.Helper()
	out := new(sink)
	l := logging.New(out, c)
	do(l.Logger())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if l.Lost() != 0 {
		t.Errorf("%d lines lost", l.Lost())
	}
	return out.lines(t)
}

var formats = []string{"text", "json"}

// trouble are attributes that are unkind to a log of lines.
var trouble = map[string][]any{
	"none":            nil,
	"line breaks":     {"a", "one\ntwo\r\nthree\n", "b\nkey", "c"},
	"control":         {"a", "\x1b[31mred\x00\x07 \u2028"},
	"not text":        {"a", "\xff\xfe\xfd", "\xff", 1},
	"error":           {"error", fmt.Errorf("first: %w", errors.New("second\nthird"))},
	"joined errors":   {"error", errors.Join(io.EOF, io.ErrUnexpectedEOF)},
	"bytes":           {"a", []byte("one\ntwo")},
	"raw JSON":        {"a", json.RawMessage("{\n\"b\":\n1\n}")},
	"bad raw JSON":    {"a", json.RawMessage("{\n\"b")},
	"structure":       {"a", struct{ A, B string }{"x\ny", "z"}},
	"nothing":         {"a", nil},
	"nil error":       {"error", (*testError)(nil)},
	"panics":          {"a", panics{}},
	"group":           {slog.Group("g", "a", "x\ny", slog.Group("h", "b", 1))},
	"odd number":      {"a"},
	"long":            {"a", strings.Repeat("x", 1<<20)},
	"long of quotes":  {"a", strings.Repeat("\"\n", 1<<20)},
	"long error":      {"error", errors.New(strings.Repeat("e\n", 1<<20))},
	"long bytes":      {"a", bytes.Repeat([]byte("é\n"), 1<<20)},
	"long structure":  {"a", []string{strings.Repeat("x", 1<<20)}},
	"long characters": {"a", strings.Repeat("漢", 1<<18)},
	"long name":       {strings.Repeat("n\n", 1<<16), 1},
	"several long":    {"a", strings.Repeat("x", 8000), "b", strings.Repeat("y", 8000), "c", strings.Repeat("z", 8000)},
	"many":            many(10_000),
}

type testError struct{ text string }

func (e *testError) Error() string { return e.text }

type panics struct{}

func (panics) String() string               { panic("no\nwords") }
func (panics) MarshalJSON() ([]byte, error) { panic("no\nwords") }

func many(n int) (attrs []any) {
	for i := range n {
		attrs = append(attrs, fmt.Sprint("key", i), i)
	}
	return attrs
}

func TestOneLineAnEvent(t *testing.T) {
	for _, format := range formats {
		for name, attrs := range trouble {
			t.Run(format+"/"+name, func(t *testing.T) {
				lines := written(t, logging.Config{Format: format}, func(l *slog.Logger) {
					l.Info("mess\nage", attrs...)
				})
				if len(lines) != 1 {
					t.Fatalf("%d lines: %.500q", len(lines), lines)
				}
				if n := len(lines[0]) + 1; n > logging.MaxLine {
					t.Errorf("%d bytes", n)
				}
				if !strings.Contains(lines[0], `mess\nage`) {
					t.Errorf("without its message: %.200s", lines[0])
				}
				if format == "json" && !json.Valid([]byte(lines[0])) {
					t.Errorf("not JSON: %.500s", lines[0])
				}
			})
		}
	}
}

func TestCutLineSaysSo(t *testing.T) {
	for _, name := range []string{"several long", "long error", "many", "long name"} {
		lines := written(t, logging.Config{}, func(l *slog.Logger) { l.Warn("long", trouble[name]...) })
		if len(lines) != 1 || !strings.HasSuffix(lines[0], " cut=true") {
			t.Errorf("%s: %.300q", name, lines)
		}
	}
}

func TestLongMessage(t *testing.T) {
	lines := written(t, logging.Config{Format: "json"}, func(l *slog.Logger) { l.Info(strings.Repeat("é", 1<<20)) })
	var record struct{ Msg string }
	if err := json.Unmarshal([]byte(lines[0]), &record); err != nil || !strings.HasSuffix(record.Msg, "é...") {
		t.Errorf("%v, message ends %q", err, record.Msg[max(0, len(record.Msg)-10):])
	}
}

func TestHandlerAsSlogWantsIt(t *testing.T) {
	out := new(sink)
	var l *logging.Log
	slogtest.Run(t, func(t *testing.T) slog.Handler {
		out.text.Reset()
		l = logging.New(out, logging.Config{Format: "json"})
		return l.Logger().Handler()
	}, func(t *testing.T) map[string]any {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		var record map[string]any
		if err := json.Unmarshal(out.text.Bytes(), &record); err != nil {
			t.Fatalf("%v: %s", err, out.text.String())
		}
		return record
	})
}

func TestAttributesOfLoggers(t *testing.T) {
	lines := written(t, logging.Config{}, func(l *slog.Logger) {
		slot := l.With("slot", 3)
		slot.With("sid", "a").Info("one", "n", 1)
		slot.With("sid", "b").WithGroup("g").With("x", 1).Info("two", "n", 2)
		slot.Info("three")
	})
	want := []string{"msg=one slot=3 sid=a n=1", "msg=two slot=3 sid=b g.x=1 g.n=2", "msg=three slot=3"}
	for i, line := range lines {
		if !strings.HasSuffix(line, want[i]) {
			t.Errorf("%q, want %q", line, want[i])
		}
	}
	if len(lines) != len(want) {
		t.Errorf("%d lines", len(lines))
	}
}

func TestSetLevel(t *testing.T) {
	out := new(sink)
	l := logging.New(out, logging.Config{Level: slog.LevelWarn})
	logger := l.Logger().With("slot", 1) // made before the change
	logger.Info("not yet")
	l.SetLevel(slog.LevelDebug)
	logger.Debug("now")
	l.SetLevel(slog.LevelError)
	logger.Warn("no more")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if lines := out.lines(t); len(lines) != 1 || !strings.Contains(lines[0], "msg=now") {
		t.Errorf("%q", lines)
	}
}

func TestConfigurationOfChildren(t *testing.T) {
	b, err := json.Marshal(logging.Config{Level: slog.LevelWarn, Format: "json"})
	if err != nil || string(b) != `{"LogLevel":"WARN","LogFormat":"json"}` {
		t.Errorf("%s, %v", b, err)
	}
}

func TestOrderIsKept(t *testing.T) {
	const loggers, each = 8, 9 // few enough of each message
	lines := written(t, logging.Config{Format: "json"}, func(l *slog.Logger) {
		var wg sync.WaitGroup
		for g := range loggers {
			wg.Go(func() {
				for i := range each {
					l.Info(fmt.Sprint("logger ", g), "i", i)
				}
			})
		}
		wg.Wait()
	})
	next := make(map[string]int)
	for _, line := range lines {
		var record struct {
			Msg string
			I   int
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		if record.I != next[record.Msg] {
			t.Errorf("%s: %d, want %d", record.Msg, record.I, next[record.Msg])
		}
		next[record.Msg]++
	}
	if len(lines) != loggers*each {
		t.Errorf("%d lines", len(lines))
	}
}

func FuzzLine(f *testing.F) {
	f.Add("message", "key", "value", true)
	f.Add("a\nb", "c\nd", "e\nf", false)
	f.Add("", "", "", true)
	f.Add("slot", "slot", strings.Repeat("\x00", 9000), true)
	f.Fuzz(func(t *testing.T, message, key, value string, asJSON bool) {
		c := logging.Config{}
		if asJSON {
			c.Format = "json"
		}
		lines := written(t, c, func(l *slog.Logger) {
			l.With(key, value).WithGroup(key).Info(message, key, errors.New(value), "v", value)
		})
		if len(lines) != 1 || len(lines[0]) >= logging.MaxLine || asJSON && !json.Valid([]byte(lines[0])) {
			t.Errorf("%d lines: %.200q", len(lines), lines)
		}
	})
}

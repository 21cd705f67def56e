package logging

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"unicode/utf8"
)

// formatter makes lines of records, one after the other; slog's own handlers do
// the writing. It belongs to one goroutine at a time.
type formatter struct {
	buf     bytes.Buffer
	handler slog.Handler
	value   int  // longest text of a value, in bytes
	whole   bool // values of all kinds are bounded by that
}

func newFormatter(json bool) *formatter {
	f := new(formatter)
	o := &slog.HandlerOptions{Level: slog.Level(math.MinInt), ReplaceAttr: f.bound}
	if json {
		f.handler = slog.NewJSONHandler(&f.buf, o)
	} else {
		f.handler = slog.NewTextHandler(&f.buf, o)
	}
	return f
}

// line is r with a line break behind it, no other within, and no longer than
// maxLine. It is the formatter's, until the next one.
func (f *formatter) line(r slog.Record) []byte {
	f.value, f.whole = maxValue, false
	line := f.format(r)
	if len(line) <= maxLine {
		return line
	}
	f.value, f.whole = cutValue, true
	r = r.Clone()
	r.AddAttrs(slog.Bool("cut", true))
	if line = f.format(r); len(line) <= maxLine {
		return line
	}
	// so many attributes, or such names, that the values are not what makes it long
	bare := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	bare.AddAttrs(slog.Bool("cut", true))
	return f.format(bare)
}

func (f *formatter) format(r slog.Record) []byte {
	f.buf.Reset()
	_ = f.handler.Handle(context.Background(), r) // a bytes.Buffer takes everything
	line := f.buf.Bytes()
	for i := range line[:max(0, len(line)-1)] {
		if line[i] == '\n' {
			line[i] = ' '
		}
	}
	return line
}

// bound cuts a value, as slog's ReplaceAttr.
func (f *formatter) bound(_ []string, a slog.Attr) slog.Attr {
	switch a.Value.Kind() {
	case slog.KindString:
		if s := a.Value.String(); len(s) > f.value {
			a.Value = slog.StringValue(cut(s, f.value))
		}
	case slog.KindAny:
		switch v := a.Value.Any().(type) {
		case slog.Level:
		case []byte:
			if len(v) > f.value {
				a.Value = slog.StringValue(cut(string(v[:f.value+1]), f.value))
			}
		default:
			if f.whole {
				a.Value = slog.StringValue(cut(fmt.Sprintf("%+v", v), f.value))
			}
		}
	}
	return a
}

// cut shortens s to n bytes, or a little less, and marks that.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}

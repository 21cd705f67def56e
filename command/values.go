package command

import (
	"errors"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"
)

// value is what a setting sets. What String says, or each of what it joins with
// commas, set takes.
type value interface {
	set(string) error
	// reset forgets what came before, where values add up.
	reset()
	// copy takes the value of another of its kind.
	copy(value)
	String() string
}

var errUnusable = errors.New("unusable")

// parsed is a value of one parser.
type parsed[T any] struct {
	target *T
	parse  func(string) (T, error)
	format func(T) string
}

func (p *parsed[T]) set(s string) error {
	v, err := p.parse(s)
	if err == nil {
		*p.target = v
	}
	return err
}

func (p *parsed[T]) reset()          {}
func (p *parsed[T]) copy(from value) { *p.target = *from.(*parsed[T]).target }
func (p *parsed[T]) String() string  { return p.format(*p.target) }

func usable(ok bool) error {
	if !ok {
		return errUnusable
	}
	return nil
}

func integer(target *int, low, high int) value {
	return &parsed[int]{target, func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		return n, errors.Join(err, usable(n >= low && n <= high))
	}, strconv.Itoa}
}

// size takes bytes, also as JavaScript writes them (1e6).
func size(target *int) value {
	return &parsed[int]{target, func(s string) (int, error) {
		f, err := strconv.ParseFloat(s, 64)
		return int(f), errors.Join(err, usable(f >= 1 && f <= 1e8 && f == math.Trunc(f)))
	}, strconv.Itoa}
}

// duration takes Go's notation, or milliseconds as Socket.IO's options do.
func duration(target *time.Duration) value {
	return &parsed[time.Duration]{target, func(s string) (time.Duration, error) {
		d, err := time.ParseDuration(s)
		if ms, nerr := strconv.ParseUint(s, 10, 32); nerr == nil {
			d, err = time.Duration(ms)*time.Millisecond, nil
		}
		return d, errors.Join(err, usable(d > 0 && d <= 24*time.Hour))
	}, time.Duration.String}
}

func word(target *string, words ...string) value {
	return text(target, func(s string) bool {
		for _, w := range words {
			if s == w {
				return true
			}
		}
		return false
	})
}

func text(target *string, ok func(string) bool) value {
	return &parsed[string]{target, func(s string) (string, error) { return s, usable(ok(s)) }, func(s string) string { return s }}
}

func path(target *string) value {
	return text(target, func(s string) bool {
		return strings.HasPrefix(s, "/") && !strings.ContainsAny(s, "?# \t\r\n") && len(s) <= 256
	})
}

func cookie(target *string) value {
	return text(target, func(s string) bool { return len(s) <= 128 && token(s) })
}

// field is a header's name.
func field(target *string) value {
	return text(target, func(s string) bool { return s != "" && len(s) <= 64 && token(s) })
}

// token tells whether all characters may be in a token of HTTP's.
func token(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

func clusterName(target *string) value {
	return text(target, func(s string) bool {
		return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
			return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
		})
	})
}

func level(target *slog.Level) value {
	return &parsed[slog.Level]{target, func(s string) (l slog.Level, err error) {
		err = usable(s == "debug" || s == "info" || s == "warn" || s == "error")
		return l, errors.Join(err, l.UnmarshalText([]byte(s)))
	}, func(l slog.Level) string { return strings.ToLower(l.String()) }}
}

// boolValue is a value that may be given without one.
type boolValue struct{ target *bool }

func boolean(target *bool) value { return &boolValue{target} }

func (b *boolValue) set(s string) error {
	v, err := strconv.ParseBool(s)
	if err == nil {
		*b.target = v
	}
	return err
}

func (b *boolValue) reset()          {}
func (b *boolValue) copy(from value) { *b.target = *from.(*boolValue).target }
func (b *boolValue) String() string  { return strconv.FormatBool(*b.target) }

// named is a file's name.
func named(s string) bool { return s != "" && !strings.ContainsAny(s, "\x00\n") }

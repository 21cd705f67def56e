package command

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// value is what a setting sets.
type value interface {
	set(string) error
	// reset forgets what came before, where values add up.
	reset()
	String() string
	Set(string) error // for cli
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

func (p *parsed[T]) reset()             {}
func (p *parsed[T]) Set(s string) error { return p.set(s) }
func (p *parsed[T]) String() string     { return p.format(*p.target) }

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
	return text(target, func(s string) bool {
		return len(s) <= 128 && !strings.ContainsFunc(s, func(r rune) bool {
			return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
		})
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

func (b *boolValue) reset()             {}
func (b *boolValue) Set(s string) error { return b.set(s) }
func (b *boolValue) String() string     { return strconv.FormatBool(*b.target) }

// listValue is a repeatable value; each may also be several with commas.
type listValue struct {
	target *[]string
	check  func(string) error
	begun  bool
}

func (l *listValue) set(s string) error {
	if !l.begun {
		l.begun, *l.target = true, nil
	}
	for _, one := range strings.Split(s, ",") {
		one = strings.TrimSpace(one)
		if err := l.check(one); err != nil {
			return err
		}
		*l.target = append(*l.target, one)
	}
	return nil
}

func (l *listValue) reset()             { l.begun = false }
func (l *listValue) Set(s string) error { return l.set(s) }
func (l *listValue) String() string     { return strings.Join(*l.target, ",") }

// named is a file's name.
func named(s string) bool { return s != "" && !strings.ContainsAny(s, "\x00\n") }

func address(s string) error {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		return usable(path != "" && len(path) < 108)
	}
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return err
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("port %d: %w", n, err)
	}
	return usable(!strings.ContainsAny(host, " /"))
}

func transport(s string) error { return usable(s == "polling" || s == "websocket") }

func origin(s string) error {
	if s == "*" || s == "null" {
		return nil
	}
	u, err := url.Parse(s)
	return errors.Join(err, usable(err == nil && u.Scheme != "" && u.Host != "" && u.User == nil && u.Path == "" && u.RawQuery == "" && u.Fragment == ""))
}

func natsURL(s string) error {
	u, err := url.Parse(s)
	return errors.Join(err, usable(err == nil && (u.Scheme == "nats" || u.Scheme == "tls") && u.Host != "" && u.Path == ""))
}

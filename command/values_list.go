package command

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ioserver/ioserver/protocol/proxy"
)

// listValue is a repeatable value; each may also be several with commas.
type listValue struct {
	target *[]string
	check  func(string) error
	whole  bool // a value may have commas in it
}

func (l *listValue) set(s string) error {
	all := []string{s}
	if !l.whole {
		all = strings.Split(s, ",")
	}
	for _, one := range all {
		one = strings.TrimSpace(one)
		if err := l.check(one); err != nil {
			return err
		}
		*l.target = append(*l.target, one)
	}
	return nil
}

func (l *listValue) reset()           { *l.target = nil }
func (l *listValue) copy(from value)  { *l.target = slices.Clone(from.(*listValue).values()) }
func (l *listValue) values() []string { return *l.target }
func (l *listValue) String() string   { return strings.Join(*l.target, ",") }

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

// network is that of a trusted proxy.
func network(s string) error {
	_, err := proxy.ParseNetworks([]string{s})
	return err
}

func natsURL(s string) error {
	u, err := url.Parse(s)
	return errors.Join(err, usable(err == nil && (u.Scheme == "nats" || u.Scheme == "tls") && u.Host != "" && u.Path == ""))
}

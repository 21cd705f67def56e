package bench

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// UsageError is an option that cannot be used.
type UsageError struct {
	Option  string // without dashes
	Given   string
	Problem string
}

func (e *UsageError) Error() string {
	if e.Given == "" {
		return fmt.Sprintf("--%s: %s", e.Option, e.Problem)
	}
	return fmt.Sprintf("--%s %q: %s", e.Option, e.Given, e.Problem)
}

// place is where a URL leads.
type place struct {
	address netip.AddrPort
	host    string // of the Host header
	path    string // with the query
}

// locate finds the address of a URL.
func locate(ctx context.Context, option, text string) (place, error) {
	refuse := func(problem string) (place, error) { return place{}, &UsageError{option, text, problem} }
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return refuse("accepted: http://host:port")
	}
	switch u.Scheme {
	case "http", "ws":
	case "https", "wss":
		return refuse("TLS is not spoken: load the server behind what ends it, by http://")
	default:
		return refuse("accepted: http://host:port")
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	number, err := net.DefaultResolver.LookupPort(ctx, "tcp", port)
	if err != nil {
		return refuse(err.Error())
	}
	all, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil || len(all) == 0 {
		return refuse(fmt.Sprintf("the host is unknown: %v", err))
	}
	address := all[0].Unmap()
	for _, a := range all {
		if a = a.Unmap(); a.Is4() { // where sources are ranges, they mostly are of this kind
			address = a
			break
		}
	}
	return place{netip.AddrPortFrom(address, uint16(number)), u.Host, u.RequestURI()}, nil
}

// locateServer finds the server, whose path is not the URL's.
func locateServer(ctx context.Context, o *Options) (place, error) {
	p, err := locate(ctx, "url", o.URL)
	if err == nil && p.path != "/" {
		return place{}, &UsageError{"url", o.URL, "it has a path: say --path or --namespace"}
	}
	return p, err
}

// loopback is where clients come from when the server is on the same machine, and
// nobody says: servers that choose a worker by the address would choose one.
var loopback = netip.MustParsePrefix("127.0.0.0/24")

func (o *Options) sources(server netip.AddrPort) []netip.Prefix {
	if len(o.Sources) == 0 && server.Addr().Is4() && server.Addr().IsLoopback() {
		return []netip.Prefix{loopback}
	}
	return o.Sources
}

// headers checks lines.
func headers(option string, lines []string) error {
	for _, l := range lines {
		name, _, ok := strings.Cut(l, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") || strings.ContainsAny(l, "\r\n\x00") {
			return &UsageError{option, l, `accepted: "Name: value"`}
		}
	}
	return nil
}

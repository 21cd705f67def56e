package engineio

import (
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// origin is what a session keeps of its handshake, in as little memory as there
// is: every idle client pays for it.
type origin struct {
	head   string // URI and header lines
	remote net.Addr
	at     int64 // nanoseconds of Unix time
	uri    uint32
	secure bool
}

func originOf(r *Request) origin {
	var b strings.Builder
	b.Grow(len(r.URI) + lasting(r.Header, nil))
	b.WriteString(r.URI)
	lasting(r.Header, &b)
	return origin{head: b.String(), remote: compact(r.Remote), at: r.Time.UnixNano(), uri: uint32(len(r.URI)), secure: r.Secure}
}

// request is the way back. Only a GET opens a session.
func (o *origin) request() *Request {
	return &Request{
		Method: fasthttp.MethodGet,
		URI:    o.head[:o.uri],
		Header: o.head[o.uri:],
		Remote: expanded(o.remote),
		Time:   time.Unix(0, o.at),
		Secure: o.secure,
	}
}

// tcpAddr is a *net.TCPAddr in a third of its memory.
type tcpAddr netip.AddrPort

// Network is that of a TCP address.
func (tcpAddr) Network() string { return "tcp" }

func (a tcpAddr) String() string { return netip.AddrPort(a).String() }

func compact(a net.Addr) net.Addr {
	if t, ok := a.(*net.TCPAddr); ok {
		return tcpAddr(t.AddrPort())
	}
	return a
}

func expanded(a net.Addr) net.Addr {
	if t, ok := a.(tcpAddr); ok {
		return net.TCPAddrFromAddrPort(netip.AddrPort(t))
	}
	return a
}

// lasting copies the header lines that say something of the client, and returns
// their length. The others are about the connection that brought them.
func lasting(header string, to *strings.Builder) (n int) {
	for line := range strings.Lines(header) {
		name, _, _ := strings.Cut(line, ":")
		if passing(name) {
			continue
		}
		n += len(line)
		if to != nil {
			to.WriteString(line)
		}
	}
	return n
}

func passing(name string) bool {
	const opening = "Sec-WebSocket-"
	return strings.EqualFold(name, "Connection") || strings.EqualFold(name, "Upgrade") ||
		len(name) > len(opening) && strings.EqualFold(name[:len(opening)], opening)
}

package lean

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// browser is some 800 bytes of headers, as much as a browser with a few cookies
// sends besides those of the protocol.
var browser = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0\r\n" +
	"Accept: */*\r\nAccept-Language: en-GB,en;q=0.8,fr;q=0.5,de;q=0.3\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n" +
	"Cache-Control: no-cache\r\nPragma: no-cache\r\nDNT: 1\r\n" +
	"Cookie: session=" + strings.Repeat("8d1f03c7a9", 26) + "; preferences=" + strings.Repeat("ab", 64) + "; theme=dark\r\n" +
	"X-Request-Id: 0a4c9d0e-52c1-4f3e-8f57-6f3f1c2b7a90\r\n"

// Options are what a fleet is.
type Options struct {
	Target        netip.AddrPort
	More          []netip.AddrPort // further servers, which clients take turns at with Target
	Clients       int
	First         int // index of the first client, which chooses its address
	Sources       []netip.Addr
	Polling       bool
	Upgrade       bool                             // WebSocket, of sessions that a poll opens
	Away          func(home netip.Addr) netip.Addr // where a client that polls or upgrades goes on from once its session is open; nil: the same address
	AwayTo        netip.AddrPort                   // the server that it goes on at; zero: the same
	Connecting    int                              // handshakes under way at once; 0 is 256
	ReceiveBuffer int                              // of the kernel, bytes; 0 is the system's
}

// Fleet is clients of one server, on a loop.
type Fleet struct {
	*Loop
	Clients []*Client
	Ready   int
	Lost    int
	Losses  map[string]int               // by reason
	OnEvent func(c *Client, args []byte) // args: JSON, until it returns
	OnAck   func(c *Client, args []byte)

	o Options
}

// Open opens a fleet on a loop and waits until all clients are there.
func Open(l *Loop, o Options, limit time.Duration) (*Fleet, error) {
	if o.Connecting == 0 {
		o.Connecting = 256
	}
	f := &Fleet{Loop: l, o: o, Losses: map[string]int{}}
	var failed error
	err := l.Until(limit, func() bool {
		for failed == nil && len(f.Clients) < o.Clients && len(f.Clients)-f.Ready-f.Lost < o.Connecting {
			failed = f.begin()
		}
		return failed != nil || f.Ready+f.Lost == o.Clients
	})
	if failed != nil {
		err = failed
	}
	if err != nil || f.Lost > 0 {
		f.Close()
		return nil, errors.Join(fmt.Errorf("%d of %d clients connected", f.Ready, o.Clients), f.Whole(), err)
	}
	return f, nil
}

func (f *Fleet) begin() error {
	i := f.o.First + len(f.Clients)
	c := &Client{Index: len(f.Clients), fleet: f, from: f.o.Sources[i%len(f.o.Sources)], to: f.o.Target}
	if n := i % (len(f.o.More) + 1); n > 0 {
		c.to = f.o.More[n-1]
	}
	f.Clients = append(f.Clients, c)
	switch {
	case f.o.Polling:
		c.link = newPolling(c)
	case f.o.Upgrade:
		c.link = newUpgrade(c)
	default:
		return newWebSocket(c, c.from, c.to)
	}
	return nil
}

// away is where the client goes on once its session is open.
func (c *Client) away() (from netip.Addr, to netip.AddrPort) {
	from, to = c.from, c.to
	if a := c.fleet.o.Away; a != nil {
		from = a(c.from)
	}
	if a := c.fleet.o.AwayTo; a.IsValid() {
		to = a
	}
	return from, to
}

// Close hangs up all clients. The loop stays.
func (f *Fleet) Close() {
	for _, c := range f.Clients {
		c.Leave()
	}
}

// Whole is an error where clients were lost.
func (f *Fleet) Whole() error {
	if f.Lost > 0 {
		return fmt.Errorf("%d clients lost: %v", f.Lost, f.Losses)
	}
	return nil
}

// Sources are n addresses of loopback, without 127.0.0.x.
func Sources(n int) []netip.Addr {
	all := make([]netip.Addr, n)
	for i := range all {
		all[i] = netip.AddrFrom4([4]byte{127, 0, byte(1 + i/250), byte(1 + i%250)})
	}
	return all
}

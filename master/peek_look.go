package master

import (
	"bytes"
	"container/list"
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/protocol/proxy"
)

// look is a connection that the peeker looks at.
type look struct {
	conn
	trusted *proxy.Networks // as of when it was accepted
	until   time.Time
	place   *list.Element
	proxy   bool // a PROXY header has to come yet
	looks   int  // how often it has been looked at
	seen    int  // how much of its head has been searched for the end
}

// looked is a connection of which enough is known.
type looked struct {
	conn
	by fdpass.Addr // what to balance it by
}

const hungUpEvents = unix.EPOLLRDHUP | unix.EPOLLHUP | unix.EPOLLERR

// look looks at what has come of l. It is removed when it is known what to do with it.
func (p *peeker) look(l *look, events uint32) {
	n, _, err := unix.Recvfrom(l.fd, p.buffer, unix.MSG_PEEK|unix.MSG_DONTWAIT)
	ended := events&hungUpEvents != 0
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		n = 0
	case err != nil || n <= 0:
		n, ended = 0, true
	}
	l.looks++
	by, verdict := p.judge(l, p.buffer[:n])
	switch {
	case verdict == known:
		p.pass(l, by)
	case verdict == malformed:
		p.drop(l, scoreboard.ProxyMalformed)
	case ended:
		p.drop(l, scoreboard.PeekDropped)
	case l.looks >= p.bounds.looks:
		p.giveUp(l)
	}
}

// verdict is what a look has come to.
type verdict int

const (
	unknown   verdict = iota // more has to come
	known                    // what to balance it by
	malformed                // it is to be closed
)

// judge looks at b, all that has come of l and was not taken out.
func (p *peeker) judge(l *look, b []byte) (fdpass.Addr, verdict) {
	if l.proxy {
		h, whole, err := proxy.Parse(b)
		switch {
		case err != nil:
			return fdpass.Addr{}, malformed
		case !whole:
			return fdpass.Addr{}, unknown
		case !consume(l.fd, p.buffer[:h.Length]):
			return fdpass.Addr{}, malformed
		}
		if l.proxy, b = false, b[h.Length:]; h.Client.IsValid() {
			l.origin.Remote = fdpass.Addr{AddrPort: h.Client}
		}
	}
	from := l.origin.Remote
	if p.header == "" || !l.trusted.Trusts(from.Addr()) {
		return from, known
	}
	head, whole := l.head(b)
	switch {
	case whole:
		return p.named(l, head), known
	case len(b) >= maxHead:
		return from, known // its worker refuses it
	}
	return from, unknown
}

// consume takes what lies there already, and nothing more. It overwrites b with the same bytes.
func consume(fd int, b []byte) bool {
	n, _, err := unix.Recvfrom(fd, b, unix.MSG_DONTWAIT)
	return err == nil && n == len(b)
}

// head returns the lines between the request's first one and the empty one, and whether all of them are there.
func (l *look) head(b []byte) ([]byte, bool) {
	b = b[:min(len(b), maxHead)]
	for i := max(l.seen-2, 0); ; i++ {
		n := bytes.IndexByte(b[i:], '\n')
		if n < 0 {
			l.seen = len(b)
			return nil, false
		}
		i += n
		if rest := b[i+1:]; bytes.HasPrefix(rest, []byte("\r\n")) || bytes.HasPrefix(rest, []byte("\n")) {
			_, lines, _ := bytes.Cut(b[:i], []byte("\n"))
			return lines, true
		}
	}
}

// named is what the request's field says to balance it by; the connection's own address, where it says nothing.
func (p *peeker) named(l *look, head []byte) fdpass.Addr {
	if p.names {
		if a, ok := l.trusted.Client(head, p.header); ok {
			return fdpass.Addr{AddrPort: a}
		}
		return l.origin.Remote
	}
	if value := proxy.Last(head, p.header); len(value) > 0 {
		return p.standIn(value)
	}
	return l.origin.Remote
}

// standIn is an address made of a value that is none: the same for the same value, with a network of its own.
func (p *peeker) standIn(value []byte) fdpass.Addr {
	b := [16]byte{}
	binary.BigEndian.PutUint64(b[:], maphash.Bytes(p.seed, value))
	b[0] = 0xff // of multicast: nobody's address, in no proxy's network
	return fdpass.Addr{AddrPort: netip.AddrPortFrom(netip.AddrFrom16(b), 0)}
}

// giveUp ends a look that has taken too long, or too often. One whose PROXY header has not come must not go on: nobody could say who it
// is. Another goes on by its own address.
func (p *peeker) giveUp(l *look) {
	if l.proxy {
		p.drop(l, scoreboard.PeekTimeouts)
		return
	}
	p.row.Counters[scoreboard.PeekTimeouts].Add(1)
	p.pass(l, l.origin.Remote)
}

func (p *peeker) pass(l *look, by fdpass.Addr) {
	p.remove(l)
	p.batch = append(p.batch, looked{l.conn, by})
}

func (p *peeker) drop(l *look, why int) {
	p.row.Counters[why].Add(1)
	p.remove(l)
	_ = unix.Close(l.fd)
}

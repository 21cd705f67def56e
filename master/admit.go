package master

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// Limits say how many connections of clients the door lets in. 0 is no limit. The HTTP API's connections are exempt from all of them,
// and clients of Unix sockets, which have no address, from PerAddress.
type Limits struct {
	Connections int // that a worker holds
	PerAddress  int // from one address, or /64 of IPv6, on the whole machine
	AcceptRate  int // let in a second
}

// counted tells whether ends of connections have to be known.
func (l *Limits) counted() bool { return l.Connections > 0 || l.PerAddress > 0 }

// admit lets c in, now or when its turn comes. Who waits counts for its address already, where that is known, or one could fill the line.
func (d *door) admit(c conn, now time.Time) {
	switch {
	case d.exempt(c) || d.gate.opens(now):
		d.enter(c, now)
	case !d.peeks(c) && !d.let(&c, c.origin.Remote):
	case d.gate.join(c, now):
		d.ledger.waits(c.origin.Site, +1)
		d.row.Counters[scoreboard.Delayed].Add(1)
	default:
		d.refuseFor(c.fd, scoreboard.RefusedRate)
	}
}

// next takes the first one off the line.
func (d *door) next() conn {
	c := d.gate.leave().conn
	d.ledger.waits(c.origin.Site, -1)
	c.origin.Site = 0
	return c
}

// exempt tells whether c is the HTTP API's.
func (d *door) exempt(c conn) bool { return int(c.origin.Listener) >= d.api }

// turn lets in those whose turn has come, and answers those whose time is up.
func (d *door) turn(now time.Time) {
	g := &d.gate
	for len(g.line) > 0 {
		first := g.line[0]
		switch {
		case !now.Before(first.until):
			d.refuseFor(d.next().fd, scoreboard.RefusedRate)
		case g.rate > 0 && !g.ready(now):
			return
		case hungUp(first.fd):
			_ = unix.Close(d.next().fd)
			d.row.Counters[scoreboard.Left].Add(1)
		default:
			g.take(now)
			c := d.next()
			c.origin.Accepted = now // it is as good as new to whoever asks how long it has waited
			d.enter(c, now)
		}
	}
}

// disband answers the whole line: the doors are closed.
func (d *door) disband() {
	for len(d.gate.line) > 0 {
		d.refuse(d.next().fd)
	}
}

// let looks at the limit of the address that c counts as, and answers it with 503 where that is reached.
func (d *door) let(c *conn, by fdpass.Addr) bool {
	if !d.ledger.counts() {
		return true
	}
	d.ledger.read()
	if !d.trusted.Trusts(by.Addr()) { // a proxy's connections are many clients'
		c.origin.Site = by.Site()
	}
	if most := d.limits.PerAddress; most > 0 && d.ledger.at(c.origin.Site) >= most {
		d.refuseFor(c.fd, scoreboard.RefusedSite)
		return false
	}
	return true
}

// comes has c counted as on its way to the worker of s, or (-1) no more.
func (d *door) comes(s *slot, c *conn, n int) {
	if !d.exempt(*c) {
		d.ledger.comes(s.index, c.origin.Site, n)
	}
}

// refuseFor answers with 503 and counts why.
func (d *door) refuseFor(fd, why int) {
	d.row.Counters[why].Add(1)
	d.refuse(fd)
}

// setLimits takes other limits up. What is counted from the start only cannot be limited later: false where that was asked for, and the
// limit stays off.
func (d *door) setLimits(l Limits, now time.Time) (all bool) {
	all = true
	if l.counted() && !d.ledger.counts() {
		l.Connections, l.PerAddress, all = 0, 0, false
	}
	d.limits = l
	d.gate.set(l.AcceptRate, now)
	for _, s := range d.slots {
		s.most = l.Connections
	}
	return all
}

package master

import (
	"errors"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/protocol/proxy"
)

// door brings accepted connections into slots, and has a place for those that must wait. It belongs to run.
type door struct {
	chooser chooser
	api     int    // the first listener of the HTTP API
	apiTurn inTurn // its chooser: any worker answers it
	slots   []*slot
	total   int // connections that wait, over all slots
	bounds  bounds
	limits  Limits
	gate    gate
	ledger  *ledger
	peek    *peeker         // nil where nothing has to be known of clients but their addresses
	trusted *proxy.Networks // the proxies that are believed
	row     *scoreboard.Row // the master's
	payload []byte
	pump    func(*slot) // to be called when a slot has connections waiting: calls flush when its inbox may have room
}

// bounds are limits.go's, smaller in tests.
type bounds struct {
	waiting, total int
	age            time.Duration
}

// place brings in a batch.
func (d *door) place(batch []conn, now time.Time) {
	for _, c := range batch {
		d.admit(c, now)
	}
}

// placeBy brings in a connection by an address, which need not be the one that it came from.
func (d *door) placeBy(c conn, by fdpass.Addr, now time.Time) {
	chooser, exempt := d.chooser, d.exempt(c)
	switch {
	case exempt:
		chooser = &d.apiTurn
	case !d.let(&c, by):
		return
	}
	i, movable := chooser.choose(by, d.slots)
	s := d.slots[i]
	if s.full() && !exempt {
		d.refuseFor(c.fd, scoreboard.RefusedFull)
		return
	}
	if d.pass(s, c) {
		return
	}
	if movable {
		for n := 1; n < len(d.slots); n++ {
			if other := d.slots[(i+n)%len(d.slots)]; other.serving() && (exempt || !other.full()) && d.pass(other, c) {
				return
			}
		}
	}
	d.wait(s, c, now)
}

// pass puts c into the inbox of s, unless others wait for that already or there is no room. Then c is still the caller's.
func (d *door) pass(s *slot, c conn) bool {
	if s.closed || len(s.waiting) > 0 {
		return false
	}
	if d.send(s, c) != nil {
		return false
	}
	d.comes(s, &c, +1)
	return true
}

// send closes c once the kernel has taken it.
func (d *door) send(s *slot, c conn) error {
	d.payload = fdpass.AppendOrigin(d.payload[:0], c.origin)
	if err := s.inbox.Send(fdpass.Accept, d.payload, c.fd); err != nil {
		return err
	}
	_ = unix.Close(c.fd)
	s.passed++
	d.row.Counters[scoreboard.Passed].Add(1)
	return nil
}

func (d *door) wait(s *slot, c conn, now time.Time) {
	if s.closed || len(s.waiting) >= d.bounds.waiting || d.total >= d.bounds.total {
		d.refuse(c.fd)
		return
	}
	s.waiting = append(s.waiting, waiting{c, now.Add(d.bounds.age)})
	d.comes(s, &c, +1)
	d.total++
	d.row.Counters[scoreboard.Waited].Add(1)
	d.pump(s)
}

func (d *door) refuse(fd int) {
	d.row.Counters[scoreboard.Refused].Add(1) // whoever has the answer finds it counted
	refuseOne(fd)
}

// flush passes on what waits for s while there is room, in order.
func (d *door) flush(s *slot) {
	n := 0
	for n < len(s.waiting) {
		err := d.send(s, s.waiting[n].conn)
		if errors.Is(err, fdpass.ErrFull) {
			break
		}
		if err != nil {
			d.giveUp(s, n)
		}
		n++
	}
	d.forget(s, n)
	if len(s.waiting) > 0 {
		d.pump(s)
	}
}

// giveUp answers the nth of those that wait for s, which is to be forgotten.
func (d *door) giveUp(s *slot, n int) {
	d.refuse(s.waiting[n].fd)
	d.comes(s, &s.waiting[n].conn, -1)
}

// forget takes the first n off the list of s.
func (d *door) forget(s *slot, n int) {
	s.waiting = slices.Delete(s.waiting, 0, n)
	d.total -= n
	if len(s.waiting) == 0 {
		s.waiting = nil
	}
}

// expire answers those that have waited long enough, and everything that is queued for a slot that has been down for long enough.
func (d *door) expire(s *slot, now time.Time) {
	n := 0
	for n < len(s.waiting) && !now.Before(s.waiting[n].until) {
		d.giveUp(s, n)
		n++
	}
	d.forget(s, n)
	if at := d.drainAt(s); !at.IsZero() && !now.Before(at) {
		s.closed = true
		d.clear(s)
		s.drainAt = now.Add(d.bounds.age)
	}
}

// drainAt is when the inbox of a slot that is down is to be emptied by the master; zero while it serves.
func (d *door) drainAt(s *slot) time.Time {
	switch {
	case s.downSince.IsZero():
		return time.Time{}
	case s.closed:
		return s.drainAt // workers may have put something in since
	}
	return s.downSince.Add(d.bounds.age)
}

// dismiss answers all that waits in the master for s.
func (d *door) dismiss(s *slot) {
	for n := range s.waiting {
		d.giveUp(s, n)
	}
	d.forget(s, len(s.waiting))
}

// clear answers all that waits for s or lies in its inbox. A starting worker may be reading there too: each message has one reader.
func (d *door) clear(s *slot) {
	d.dismiss(s)
	for {
		m, err := s.drain.TryReceive()
		var bad *fdpass.BadMessage
		switch {
		case errors.Is(err, fdpass.ErrDescriptorLost) || errors.As(err, &bad):
			continue
		case err != nil:
			return
		case m.FD >= 0:
			d.refuse(m.FD)
			if origin, _, ok := fdpass.ParseOrigin(m.Payload); ok {
				d.comes(s, &conn{origin: origin}, -1)
			}
		default:
			d.row.Counters[scoreboard.Discarded].Add(1)
		}
	}
}

// deadline is the next time that expire has something to do for s; zero when never.
func (d *door) deadline(s *slot) time.Time {
	at := d.drainAt(s)
	if len(s.waiting) > 0 {
		at = earlier(at, s.waiting[0].until)
	}
	return at
}

// earlier of two times, where zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

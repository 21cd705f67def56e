package master

import (
	"time"

	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// enter brings in a connection that has been accepted and let in: to its slot, or where more has to be known of its client before
// that, to the peeking stage, which brings it in later. Limits by address belong behind it, in placeBy: only there the client's
// address is known.
func (d *door) enter(c conn, now time.Time) {
	if !d.peeks(c) {
		d.placeOne(c, now)
		return
	}
	if !d.peek.add(c, d.trusted, now) {
		d.refuseFor(c.fd, scoreboard.PeekOverflows)
	}
}

// peeks tells whether the client's address has to be looked for.
func (d *door) peeks(c conn) bool {
	return d.peek != nil && !d.exempt(c) && d.trusted.Trusts(c.origin.Remote.Addr())
}

// placeOne brings in a connection by its client's address.
func (d *door) placeOne(c conn, now time.Time) { d.placeBy(c, c.origin.Remote, now) }

// placeLooked brings in those of which enough is known now.
func (d *door) placeLooked(batch []looked, now time.Time) {
	for _, l := range batch {
		l.origin.Accepted = now // it is as good as new to whoever asks how long it has waited
		d.placeBy(l.conn, l.by, now)
	}
}

package turnstile

// Kind says what has become of a connection.
type Kind uint8

// The kinds. Zero is none.
const (
	// Taken: the worker has taken it out of its slot's inbox, and holds it from now on.
	Taken Kind = 1 + iota
	// Ended: the worker has held it, and does no more.
	Ended
	// Handed: the worker has held it, and is about to put it into the inbox of slot To.
	Handed
	// Lost: what was Handed could not be put there, and has ended.
	Lost
)

// Event is one connection's.
type Event struct {
	Kind Kind
	To   uint8  // the other slot of Handed and Lost
	Site uint64 // as fdpass.Addr.Site; 0: none
}

// An event in memory is two words: its kind in the lowest byte and the slot in the next; the site.
type cell struct{ what, site uint64 }

const cellBytes = 16

func pack(e Event) cell { return cell{uint64(e.Kind) | uint64(e.To)<<8, e.Site} }

// unpack returns false for what pack does not make.
func unpack(c cell) (e Event, ok bool) {
	e = Event{Kind: Kind(c.what), To: uint8(c.what >> 8), Site: c.site}
	return e, c == pack(e) && e.Kind >= Taken && e.Kind <= Lost && (e.To == 0 || e.Kind >= Handed)
}

package feed

import "encoding/binary"

// The flags of a beat.
const (
	flagHello  byte = 1 << 0 // others are asked to beat soon
	flagBye    byte = 1 << 1 // the last one of this life
	flagBroken byte = 1 << 2 // messages since the beat before may not have gone out
	flagsBeat       = flagHello | flagBye | flagBroken
)

// beat says that its origin is alive, and what it has published since the beat
// before: the newest number of each stream that has changed.
type beat struct {
	flags   byte
	number  uint64 // of beats, from 1
	head    uint64 // the newest message
	since   uint64 // head of the beat before
	changes []change
}

type change struct {
	stream stream
	number uint64
}

func appendBeat(b []byte, o Origin, t beat) []byte {
	b = appendOrigin(b, kindBeat, o)
	b = append(b, t.flags)
	b = binary.AppendUvarint(b, t.number)
	b = binary.AppendUvarint(b, t.head)
	b = binary.AppendUvarint(b, t.since)
	b = binary.AppendUvarint(b, uint64(len(t.changes)))
	for _, c := range t.changes {
		b = binary.AppendUvarint(b, uint64(c.stream))
		b = binary.AppendUvarint(b, t.head-c.number)
	}
	return b
}

// parseBeat leaves the changes, which are known to be sound, to be taken off the
// reader it returns: it allocates nothing.
func parseBeat(b []byte) (t beat, changes reader, err error) {
	r := reader{b: b}
	t.flags = r.byte()
	t.number = r.uvarint(maxNumber)
	t.head = r.uvarint(maxNumber)
	t.since = r.uvarint(t.head)
	count := r.uvarint(maxEntries)
	if r.bad || t.number == 0 || t.flags&^flagsBeat != 0 {
		return beat{}, reader{}, errMalformed
	}
	changes = r
	for range count {
		r.change(t)
	}
	return t, changes, r.done()
}

// next takes the next change off a beat that parseBeat has found sound.
func (r *reader) next(t beat) (c change, ok bool) {
	if len(r.b) == 0 {
		return c, false
	}
	return r.change(t), true
}

// change takes one change off a beat.
func (r *reader) change(t beat) change {
	c := change{stream: r.stream()}
	c.number = t.head - r.uvarint(t.head)
	if c.number <= t.since { // no change
		r.fail()
	}
	return c
}

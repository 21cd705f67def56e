package witness

import (
	"encoding/binary"
	"errors"

	"github.com/ioserver/ioserver/fdpass/estate"
)

// Everything on a witness's subject is one frame. Integers are big endian.
//
//	frame   = version(1) kind(1) boot(8) slot(1) life(8) ...    of who sends it
//	begin   = number(8)              everything is told anew
//	piece   = number(8) entry...     a part of it
//	end     = number(8)              that was all
//	owe     = number(8) entry        it came, or is another now
//	settled = number(8) id           it is gone
//	beat    = number(8)              the newest of the numbers
//	release = number(8)              somebody else is the witness
//	kept    = life(8) number(8)      of the ward: all up to it has been heard
//	spoken  = life(8) number(8)      of the ward: what was owed then has been told
//	heard   = number(8)              the same, said back
//	entry   = id farewell, id = length(2) bytes, farewell = length(4) bytes
const (
	version = 1
	header  = 1 + 1 + 8 + 1 + 8
)

type kind byte

const (
	kindBegin kind = iota + 1
	kindPiece
	kindEnd
	kindOwe
	kindSettled
	kindBeat
	kindRelease
	kindKept
	kindSpoken
	kindHeard
)

// Bounds of an entry.
const (
	longestID       = 1 << 10
	longestFarewell = 64 << 10
)

var errMalformed = errors.New("witness: malformed frame")

// place is one life of one worker.
type place estate.Place

type entry struct {
	id       string
	farewell []byte
}

// frame is a parsed frame. What has bytes shares them with what was parsed.
type frame struct {
	kind    kind
	from    place
	life    uint64 // of a kept and spoken: the ward's
	number  uint64
	entries []entry // of a settled: without farewells
}

func appendHeader(b []byte, k kind, from place, number uint64) []byte {
	b = append(b, version, byte(k))
	b = binary.BigEndian.AppendUint64(b, from.Boot)
	b = append(b, from.Slot)
	b = binary.BigEndian.AppendUint64(b, from.Life)
	return binary.BigEndian.AppendUint64(b, number)
}

// appendWord is a kept or spoken.
func appendWord(b []byte, k kind, from place, life, number uint64) []byte {
	return binary.BigEndian.AppendUint64(appendHeader(b, k, from, life), number)
}

func appendEntry(b []byte, e entry) []byte {
	b = appendID(b, e.id)
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.farewell)))
	return append(b, e.farewell...)
}

func appendID(b []byte, id string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(id))), id...)
}

// parse is strict: every value in range, nothing left over.
func parse(b []byte) (f frame, err error) {
	if len(b) < header+8 || b[0] != version {
		return f, errMalformed
	}
	f.kind = kind(b[1])
	f.from = place{binary.BigEndian.Uint64(b[2:]), b[10], binary.BigEndian.Uint64(b[11:])}
	f.number = binary.BigEndian.Uint64(b[header:])
	if f.from.Boot == 0 || f.from.Life == 0 {
		return f, errMalformed
	}
	rest, ok := b[header+8:], false
	switch f.kind {
	case kindBegin, kindEnd, kindBeat, kindRelease, kindHeard:
		ok = len(rest) == 0
	case kindPiece:
		f.entries, ok = parseEntries(rest)
	case kindOwe:
		f.entries, ok = parseEntries(rest)
		ok = ok && len(f.entries) == 1
	case kindSettled:
		var e entry
		if e.id, rest, ok = parseID(rest); ok && len(rest) == 0 {
			f.entries = []entry{e}
		} else {
			ok = false
		}
	case kindKept, kindSpoken:
		if ok = len(rest) == 8; ok {
			f.life, f.number = f.number, binary.BigEndian.Uint64(rest)
		}
	}
	if !ok {
		return f, errMalformed
	}
	return f, nil
}

func parseEntries(b []byte) (all []entry, ok bool) {
	for len(b) > 0 {
		var e entry
		if e.id, b, ok = parseID(b); !ok || len(b) < 4 {
			return nil, false
		}
		n := binary.BigEndian.Uint32(b)
		if b = b[4:]; n > longestFarewell || int(n) > len(b) {
			return nil, false
		}
		e.farewell, b = b[:n:n], b[n:]
		all = append(all, e)
	}
	return all, true
}

func parseID(b []byte) (id string, rest []byte, ok bool) {
	if len(b) < 2 {
		return "", nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if b = b[2:]; n == 0 || n > longestID || n > len(b) {
		return "", nil, false
	}
	return string(b[:n]), b[n:], true
}

package feed

import (
	"encoding/binary"
	"errors"
)

// Everything on the bus is one frame: version, kind, origin, then what the kind
// needs. Integers are big endian or (u) unsigned varints in their shortest form.
//
//	frame   = version(1) kind(1) node(2) slot(1) life(8) ...
//	message = beat(1) stream(u) number(u) back(u) data...
//	beat    = flags(1) beat(u) head(u) since(u) count(u) { stream(u) back(u) }
//	request = target life(8) id(4) from(u) buckets(512)
//	answer  = target life(8) id(4) flags(1) beat(u) from(u) oldest(u) through(u) head(u)
//	          gone(u) { stream(u) number(u) } count(u) { step(u) back(u) stream(u) length(u) data }
//	question = id(4)
//	word     = target life(8) id(4) length(1) server
//
// number counts the origin's messages from 1; back leads to the one before in
// the same stream (0: there is none). Parsing is strict: shortest varints, every
// value in range, nothing left over.
const (
	version    = 1
	originSize = 2 + 2 + 1 + 8
	maxEntries = 3 * NumBuckets // streams in a beat or gone in an answer; entries in an answer
)

type kind byte

const (
	kindMessage  kind = 1
	kindBeat     kind = 2
	kindRequest  kind = 3
	kindAnswer   kind = 4
	kindQuestion kind = 5
	kindWord     kind = 6
)

var errMalformed = errors.New("feed: malformed frame")

func appendOrigin(b []byte, k kind, o Origin) []byte {
	b = append(b, version, byte(k))
	b = binary.BigEndian.AppendUint16(b, o.Node)
	b = append(b, o.Slot)
	return binary.BigEndian.AppendUint64(b, o.Life)
}

// parseOrigin returns what follows the origin.
func parseOrigin(b []byte) (k kind, o Origin, rest []byte, err error) {
	if len(b) < originSize || b[0] != version {
		return 0, o, nil, errMalformed
	}
	k = kind(b[1])
	o = Origin{Node: binary.BigEndian.Uint16(b[2:]), Slot: b[4], Life: binary.BigEndian.Uint64(b[5:])}
	if o.Life == 0 {
		return 0, o, nil, errMalformed
	}
	return k, o, b[originSize:], nil
}

// reader takes values off a frame; after the first mistake it returns zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) fail() uint64 {
	r.b, r.bad = nil, true
	return 0
}

func (r *reader) byte() byte {
	if len(r.b) < 1 {
		return byte(r.fail())
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) uint32() uint32 {
	if len(r.b) < 4 {
		return uint32(r.fail())
	}
	v := binary.BigEndian.Uint32(r.b)
	r.b = r.b[4:]
	return v
}

func (r *reader) uint64() uint64 {
	if len(r.b) < 8 {
		return r.fail()
	}
	v := binary.BigEndian.Uint64(r.b)
	r.b = r.b[8:]
	return v
}

// uvarint takes a number of at most limit, in its shortest form.
func (r *reader) uvarint(limit uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > limit || n > 1 && r.b[n-1] == 0 {
		return r.fail()
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) stream() stream {
	s := stream(r.uvarint(uint64(maxStream)))
	if !s.valid() {
		return stream(r.fail())
	}
	return s
}

func (r *reader) take(n uint64) []byte {
	if uint64(len(r.b)) < n {
		r.fail()
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

// done is the verdict: no mistake, nothing left over.
func (r *reader) done() error {
	if r.bad || len(r.b) != 0 {
		return errMalformed
	}
	return nil
}

// maxNumber keeps sums of two numbers from overflowing.
const maxNumber = 1<<62 - 1

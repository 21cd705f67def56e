package load

import "bytes"

// stamp is what a payload says of itself.
type stamp struct {
	sender uint32 // client or publisher
	room   uint32
	seq    uint32
	due    int64 // clock's
}

// A payload is text that needs no escape in JSON: the marker of a run, the stamp
// in hexadecimal, and padding.
const (
	markerLen = 3 + 8
	stampLen  = markerLen + 3*8 + 16
)

// MinSize is the smallest payload in bytes.
const MinSize = stampLen

// marker begins every payload of a run.
type marker [markerLen]byte

func newMarker(run uint32) (m marker) {
	copy(m[:], "io~")
	putHex(m[3:], uint64(run))
	return m
}

const digits = "0123456789abcdef"

func putHex(b []byte, v uint64) {
	for i := range b {
		b[i] = digits[v>>(4*(len(b)-1-i))&15]
	}
}

func hex(b []byte) (v uint64, ok bool) {
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | uint64(c-'0')
		case c >= 'a' && c <= 'f':
			v = v<<4 | uint64(c-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

// append appends a payload of so many bytes.
func (m *marker) append(dst []byte, s stamp, size int) []byte {
	dst = append(dst, m[:]...)
	at := len(dst)
	dst = append(dst, "0000000000000000000000000000000000000000"...)
	putHex(dst[at:at+8], uint64(s.sender))
	putHex(dst[at+8:at+16], uint64(s.room))
	putHex(dst[at+16:at+24], uint64(s.seq))
	putHex(dst[at+24:at+40], uint64(s.due))
	for n := size - stampLen; n > 0; {
		k := min(n, len(padding))
		dst = append(dst, padding[:k]...)
		n -= k
	}
	return dst
}

const padding = "................................................................"

// find returns the stamp of the payload in a message. Any is false where there
// is none of this run; whole, where it has been cut, grown or changed.
func (m *marker) find(b []byte, size int) (s stamp, any, whole bool) {
	i := bytes.Index(b, m[:])
	if i < 0 {
		return stamp{}, false, false
	}
	b = b[i:]
	if len(b) <= size || b[size] != '"' {
		return stamp{}, true, false
	}
	sender, ok1 := hex(b[markerLen : markerLen+8])
	room, ok2 := hex(b[markerLen+8 : markerLen+16])
	seq, ok3 := hex(b[markerLen+16 : markerLen+24])
	due, ok4 := hex(b[markerLen+24 : stampLen])
	s = stamp{sender: uint32(sender), room: uint32(room), seq: uint32(seq), due: int64(due)}
	return s, true, ok1 && ok2 && ok3 && ok4 && padded(b[stampLen:size])
}

func padded(b []byte) bool {
	for len(b) > 0 {
		k := min(len(b), len(padding))
		if string(b[:k]) != padding[:k] {
			return false
		}
		b = b[k:]
	}
	return true
}

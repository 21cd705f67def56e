package eio

import (
	"encoding/binary"
	"math/bits"
)

const highBits = 0x8080808080808080

// utf16Len returns how many UTF-16 code units the valid UTF-8 text b has: one a character, two beyond the basic plane.
// These are the units of lengths in revision 3.
func utf16Len(b []byte) int {
	n := len(b)
	for len(b) >= 8 {
		w := binary.LittleEndian.Uint64(b)
		if w&highBits != 0 {
			n += surplus(w)
		}
		b = b[8:]
	}
	for _, c := range b {
		n += int(units[c]) - 1
	}
	return n
}

// surplus returns by how much the units of 8 bytes at once differ from their number: continuation bytes are none, and
// four-byte leads are two.
func surplus(w uint64) int {
	continuation := w & ^(w << 1) & highBits
	four := w & (w << 1) & (w << 2) & (w << 3) & highBits
	return bits.OnesCount64(four) - bits.OnesCount64(continuation)
}

// utf16Prefix returns how many bytes of the valid UTF-8 text b have exactly n UTF-16 code units. It reports false when b
// has fewer, or when the n-th is the first half of a character.
func utf16Prefix(b []byte, n int) (int, bool) {
	i := 0
	for len(b)-i >= 8 {
		w, in := binary.LittleEndian.Uint64(b[i:]), 8
		if w&highBits != 0 {
			in += surplus(w)
		}
		if in > n {
			break
		}
		i, n = i+8, n-in
	}
	for n > 0 && i < len(b) {
		n -= int(units[b[i]])
		i++
	}
	for i < len(b) && units[b[i]] == 0 {
		i++
	}
	return i, n == 0
}

// units holds how many UTF-16 code units begin with a byte of UTF-8.
var units = func() (t [256]int8) {
	for c := range t {
		switch {
		case c >= 0xf0:
			t[c] = 2
		case c < 0x80 || c >= 0xc0:
			t[c] = 1
		}
	}
	return t
}()

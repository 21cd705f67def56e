package sio

import (
	"encoding/binary"
	"math/bits"
)

// validDocument reports whether b is one JSON value (RFC 8259) and nothing else, not nested deeper than MaxDepth.
func validDocument(b []byte) bool {
	end := skipValue(b, skipSpace(b, 0))
	return end >= 0 && skipSpace(b, end) == len(b)
}

// skipValue returns the index after the JSON value that begins at b[i], or -1. It visits each byte once.
func skipValue(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '{', '[':
		return skipNested(b, i)
	case '"':
		return skipString(b, i)
	}
	return skipScalar(b, i)
}

// skipNested is skipValue for an object or array. It does not recurse: its only state is one bit a level.
func skipNested(b []byte, i int) int {
	var objects [(MaxDepth + 63) / 64]uint64 // which of the open levels are objects
	for depth := 0; ; {
		if i >= len(b) {
			return -1
		}
		opened := false
		switch c := b[i]; c {
		case '{', '[':
			if depth == MaxDepth {
				return -1
			}
			bit := uint64(1) << (depth & 63)
			objects[depth>>6] &^= bit
			if c == '{' {
				objects[depth>>6] |= bit
			}
			depth, i, opened = depth+1, skipSpace(b, i+1), true
		case '"':
			i = skipString(b, i)
		default:
			i = skipScalar(b, i)
		}
		if i < 0 {
			return -1
		}
		// Behind a value, or at the beginning of a level: close what ends here, then go to the next value.
		for {
			if depth == 0 {
				return i
			}
			i = skipSpace(b, i)
			if i >= len(b) {
				return -1
			}
			object := objects[(depth-1)>>6]>>((depth-1)&63)&1 == 1
			if closes(b[i], object) {
				depth, i, opened = depth-1, i+1, false
				continue
			}
			if i = next(b, i, object, opened); i < 0 {
				return -1
			}
			break
		}
	}
}

func closes(c byte, object bool) bool { return (object && c == '}') || (!object && c == ']') }

// next goes to a level's next value, or to its first one, over a comma and a key as they are needed.
func next(b []byte, i int, object, first bool) int {
	if !first {
		if b[i] != ',' {
			return -1
		}
		i = skipSpace(b, i+1)
	}
	if object {
		return skipKey(b, i)
	}
	return i
}

// skipKey returns the index of the value whose key begins at b[i], or -1.
func skipKey(b []byte, i int) int {
	if i >= len(b) || b[i] != '"' {
		return -1
	}
	if i = skipString(b, i); i < 0 {
		return -1
	}
	i = skipSpace(b, i)
	if i >= len(b) || b[i] != ':' {
		return -1
	}
	return skipSpace(b, i+1)
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// trimSpace returns the end of b[:end] without the space there.
func trimSpace(b []byte, end int) int {
	for end > 0 && (b[end-1] == ' ' || b[end-1] == '\n' || b[end-1] == '\t' || b[end-1] == '\r') {
		end--
	}
	return end
}

// skipString returns the index after the string whose opening quote is b[i], or -1.
func skipString(b []byte, i int) int {
	for i++; ; {
		for len(b)-i >= 8 {
			if stop := stringStop(binary.LittleEndian.Uint64(b[i:])); stop < 8 {
				i += stop
				break
			}
			i += 8
		}
		if i >= len(b) {
			return -1
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			if i = skipEscape(b, i); i < 0 {
				return -1
			}
		case c < ' ':
			return -1
		default:
			i++
		}
	}
}

// stringStop returns the position of the first of 8 bytes that does not simply belong to a string: a quote, a backslash
// or a control character; 8 when there is none.
func stringStop(w uint64) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	// With bit 1 flipped a quote is 0x20, and control characters stay below it: one comparison for both. A borrow can mark
	// a byte wrongly, but only above one that is marked rightly, and the lowest mark is what counts.
	control := (w ^ ones*2) - ones*0x21
	backslash := (w ^ ones*'\\') - ones
	return bits.TrailingZeros64((control|backslash)&^w&high) / 8
}

func skipEscape(b []byte, i int) int {
	if i+1 >= len(b) {
		return -1
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if _, ok := hex4(b[i+2:]); ok {
			return i + 6
		}
	}
	return -1
}

// skipScalar returns the index after the number or literal at b[i], or -1.
func skipScalar(b []byte, i int) int {
	switch b[i] {
	case 't':
		return skipLiteral(b, i, "true")
	case 'f':
		return skipLiteral(b, i, "false")
	case 'n':
		return skipLiteral(b, i, "null")
	}
	return skipNumber(b, i)
}

func skipLiteral(b []byte, i int, literal string) int {
	if len(b)-i < len(literal) || string(b[i:i+len(literal)]) != literal {
		return -1
	}
	return i + len(literal)
}

func skipNumber(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	start := i
	if i = skipDigits(b, i); i < 0 || (b[start] == '0' && i > start+1) {
		return -1
	}
	if i < len(b) && b[i] == '.' {
		if i = skipDigits(b, i+1); i < 0 {
			return -1
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		return skipDigits(b, i)
	}
	return i
}

// skipDigits returns the index after at least one digit, or -1.
func skipDigits(b []byte, i int) int {
	start := i
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

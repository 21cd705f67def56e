package sio

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// maxEscape is what one character of ASCII takes at most in a JSON string.
const maxEscape = len(`\u0000`)

// stringIs reports whether the inside of a valid JSON string means want, which is ASCII, whichever way it is escaped.
func stringIs(inside []byte, want string) bool {
	if len(inside) <= len(want) {
		return string(inside) == want
	}
	var buffer [16 * maxEscape]byte // enough for every key that is asked for
	if len(inside) > len(want)*maxEscape || len(inside) > len(buffer) || bytes.IndexByte(inside, '\\') < 0 {
		return false
	}
	return string(appendUnescaped(buffer[:0], inside)) == want
}

// appendUnescaped appends what the inside of a valid JSON string means. A surrogate without its half becomes U+FFFD.
func appendUnescaped(dst, inside []byte) []byte {
	for {
		i := bytes.IndexByte(inside, '\\')
		if i < 0 || i+1 >= len(inside) {
			return append(dst, inside...)
		}
		dst = append(dst, inside[:i]...)
		c := inside[i+1]
		inside = inside[i+2:]
		switch c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, size := unescapeUnicode(inside)
			dst, inside = utf8.AppendRune(dst, r), inside[size:]
		default:
			dst = append(dst, c)
		}
	}
}

// unescapeUnicode reads the digits after \u, and a second escape when the first is half of a character.
func unescapeUnicode(b []byte) (r rune, size int) {
	r, ok := hex4(b)
	if !ok {
		return utf8.RuneError, 0
	}
	if utf16.IsSurrogate(r) {
		if len(b) >= 6 && b[4] == '\\' && b[5] == 'u' {
			if low, ok := hex4(b[6:]); ok {
				if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
					return whole, 10
				}
			}
		}
		r = utf8.RuneError
	}
	return r, 4
}

// hex4 reads four hexadecimal digits.
func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

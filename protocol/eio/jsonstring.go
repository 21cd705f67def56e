package eio

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// appendJSONString appends s as JSON.stringify writes it. Invalid UTF-8 becomes U+FFFD.
func appendJSONString[S string | []byte](dst []byte, s S) []byte {
	return append(appendEscaped(append(dst, '"'), s, false), '"')
}

// appendEscaped appends the inside of a JSON string. With script set the result is also safe inside of JavaScript: U+2028
// and U+2029, which were line ends there for long, are escaped, and "</", which would end a script element, is broken.
func appendEscaped[S string | []byte](dst []byte, s S, script bool) []byte {
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			endTag := script && c == '/' && i > 0 && s[i-1] == '<'
			if c < ' ' || c == '"' || c == '\\' || endTag {
				dst = appendEscape(append(dst, s[done:i]...), c)
				done = i + 1
			}
			i++
			continue
		}
		r, size := decodeRune(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[done:i]...), "\ufffd"...)
			done = i + 1
		case script && (r == '\u2028' || r == '\u2029'):
			dst = append(append(dst, s[done:i]...), `\u202`...)
			dst = append(dst, hexDigits[r&0xf])
			done = i + size
		}
		i += size
	}
	return append(dst, s[done:]...)
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\', '/':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}

func decodeRune[S string | []byte](s S) (rune, int) {
	var b [utf8.UTFMax]byte
	return utf8.DecodeRune(b[:copy(b[:], s)])
}

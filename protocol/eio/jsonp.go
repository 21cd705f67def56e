package eio

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// AppendJSONP appends the answer to a JSONP poll to dst: a call of the client's callback with payload as its argument.
// index is the query parameter j, of which only the digits count. The payload must be text, so one encoded with b64.
//
// The result is what the reference answers, but for "</", which is written "<\/": the same string for the client, and no
// end of a script element for whoever gets to put the answer into a page.
func AppendJSONP(dst []byte, index string, payload []byte) []byte {
	dst = append(dst, "___eio["...)
	for i := range len(index) {
		if c := index[i]; c >= '0' && c <= '9' {
			dst = append(dst, c)
		}
	}
	dst = append(dst, `]("`...)
	dst = appendEscaped(dst, payload, true)
	return append(dst, `");`...)
}

// DecodeJSONPForm returns the payload that a JSONP client posted: the value of the only field d of an
// application/x-www-form-urlencoded body. Such clients write a newline as "\n" (so that browsers do not turn it into
// "\r\n") and a backslash before an n as "\\n"; both are undone. The result does not lie in body.
func DecodeJSONPForm(body []byte) ([]byte, error) {
	var value []byte
	found := false
	for len(body) > 0 {
		field, rest, _ := bytes.Cut(body, []byte("&"))
		name, v, _ := bytes.Cut(field, []byte("="))
		if string(name) == "d" {
			if found {
				return nil, fmt.Errorf("engine.io jsonp: %w: field d twice", ErrForm)
			}
			value, found = v, true
		}
		body = rest
	}
	if !found {
		return nil, fmt.Errorf("engine.io jsonp: %w: no field d", ErrForm)
	}
	out := unescapeNewlines(unescapeForm(value))
	if !utf8.Valid(out) {
		return nil, fmt.Errorf("engine.io jsonp: %w", ErrUTF8)
	}
	return out, nil
}

// unescapeForm undoes percent and plus encoding. A percent sign before anything but two hex digits stands for itself.
func unescapeForm(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(b):
			hi, ok1 := unhex(b[i+1])
			lo, ok2 := unhex(b[i+2])
			if ok1 && ok2 {
				c = hi<<4 | lo
				i += 2
			}
		}
		out = append(out, c)
	}
	return out
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// unescapeNewlines turns \n into a newline, and takes one backslash from several before an n. It works in place.
func unescapeNewlines(b []byte) []byte {
	out, run := b[:0], 0
	for _, c := range b {
		if c == 'n' && run > 0 {
			out = out[:len(out)-1]
			if run == 1 {
				c = '\n'
			}
		}
		if c == '\\' {
			run++
		} else {
			run = 0
		}
		out = append(out, c)
	}
	return out
}

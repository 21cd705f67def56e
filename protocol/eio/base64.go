package eio

import (
	"bytes"
	"encoding/base64"
)

func appendBase64(dst, data []byte) []byte { return base64.StdEncoding.AppendEncode(dst, data) }

func base64Len(n int) int { return base64.StdEncoding.EncodedLen(n) }

// decodeBase64 decodes what clients in the field send: the standard alphabet with padding, but also without it, in the
// URL alphabet, and broken into lines (the default of Android's encoder). All of that the reference accepts, too.
func decodeBase64(b []byte) ([]byte, error) {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	if n, err := base64.StdEncoding.Decode(out, b); err == nil {
		return out[:n:n], nil
	}
	plain := bytes.Map(func(r rune) rune {
		switch r {
		case '-':
			return '+'
		case '_':
			return '/'
		case '\r', '\n':
			return -1
		}
		return r
	}, b)
	for range 2 {
		plain = bytes.TrimSuffix(plain, []byte("="))
	}
	out = make([]byte, base64.RawStdEncoding.DecodedLen(len(plain)))
	n, err := base64.RawStdEncoding.Decode(out, plain)
	if err != nil {
		return nil, ErrBase64
	}
	return out[:n:n], nil
}

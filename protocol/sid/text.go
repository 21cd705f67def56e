package sid

import "encoding/base64"

const foreign = 0xff

// digits maps a character of the base64url alphabet to its value. The package's own table, because encoding/base64
// skips line breaks while decoding, which would give one id several spellings.
var digits = func() (t [256]byte) {
	for i := range t {
		t[i] = foreign
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range len(alphabet) {
		t[alphabet[i]] = byte(i)
	}
	return t
}()

func appendText(dst []byte, raw *[rawLen]byte) []byte {
	return base64.RawURLEncoding.AppendEncode(dst, raw[:])
}

// decodeText reports whether id is 28 characters of the alphabet, and stores what they say.
func decodeText(raw *[rawLen]byte, id string) bool {
	if len(id) != Len {
		return false
	}
	var bad byte
	for i, j := 0, 0; i < Len; i, j = i+4, j+3 {
		a, b, c, d := digits[id[i]], digits[id[i+1]], digits[id[i+2]], digits[id[i+3]]
		bad |= a | b | c | d
		raw[j] = a<<2 | b>>4
		raw[j+1] = b<<4 | c>>2
		raw[j+2] = c<<6 | d
	}
	return bad&0xc0 == 0
}

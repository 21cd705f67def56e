package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// longestToken is the longest encoded name: two of them fit into a subject.
const longestToken = 160

const upperHex = "0123456789ABCDEF"

// AppendToken appends a name as one token of a subject. Letters, digits and
// - _ ~ of ASCII stand for themselves, each other byte is %XX in capitals. The
// empty name is _, and the name _ is %5F. Of a name that would take more than
// 160 characters there is = and its SHA-256 in small hexadecimal digits.
//
// No two names have one token, short of a collision of SHA-256, and none is a
// wildcard of NATS.
func AppendToken(dst []byte, name string) []byte {
	switch name {
	case "":
		return append(dst, '_')
	case "_":
		return append(dst, "%5F"...)
	}
	before := len(dst)
	for i := 0; i < len(name); i++ {
		c := name[i]
		if plain(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
		if len(dst)-before > longestToken {
			return AppendHash(dst[:before], name)
		}
	}
	return dst
}

// AppendHash appends the token of a long name.
func AppendHash(dst []byte, name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return hex.AppendEncode(append(dst, '='), sum[:])
}

func plain(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '~':
		return true
	}
	return false
}

// Token is AppendToken alone.
func Token(name string) string { return string(AppendToken(nil, name)) }

// NamespaceToken is the token of a namespace: of its name without the slash that
// it begins with. That of "/" is _.
func NamespaceToken(namespace string) string { return Token(strings.TrimPrefix(namespace, "/")) }

// Name is what a token stands for. Bytes may be written as %XX that could stand
// for themselves. hashed: the name is not to be told from the token. Not ok: it
// is no token.
func Name(token string) (name string, hashed, ok bool) {
	switch {
	case token == "":
		return "", false, false
	case token == "_":
		return "", false, true
	case token[0] == '=':
		return "", true, isHash(token[1:])
	}
	escapes := strings.Count(token, "%")
	if escapes == 0 {
		return token, false, allPlain(token)
	}
	out := make([]byte, 0, len(token))
	for i := 0; i < len(token); i++ {
		c := token[i]
		if c == '%' {
			if i+2 >= len(token) {
				return "", false, false
			}
			high, low := digit(token[i+1]), digit(token[i+2])
			if high < 0 || low < 0 {
				return "", false, false
			}
			c = byte(high<<4 | low)
			i += 2
		} else if !plain(c) {
			return "", false, false
		}
		out = append(out, c)
	}
	return string(out), false, true
}

func allPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if !plain(s[i]) {
			return false
		}
	}
	return true
}

func isHash(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

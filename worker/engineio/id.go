package engineio

import (
	"crypto/rand"
	"encoding/base64"
)

// randomID is 120 bits from crypto/rand in 20 characters.
func randomID(*Request) (string, error) {
	var b [15]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

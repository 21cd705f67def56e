package ws

import (
	"crypto/sha1"
	"encoding/base64"
	"strings"
)

const (
	keyLen  = 24 // base64 of 16 bytes
	keyGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
)

// ValidKey reports whether key, the value of Sec-WebSocket-Key, is the base64 form of exactly 16 bytes.
func ValidKey(key string) bool {
	if len(key) != keyLen || !strings.HasSuffix(key, "==") {
		return false
	}
	for i := range keyLen - 2 {
		c := key[i]
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '+' && c != '/' {
			return false
		}
	}
	return true
}

// AcceptKey returns the value of Sec-WebSocket-Accept that answers key (RFC 6455, section 4.2.2).
func AcceptKey(key string) string {
	sum := sha1.Sum([]byte(key + keyGUID))
	return base64.StdEncoding.EncodeToString(sum[:])
}

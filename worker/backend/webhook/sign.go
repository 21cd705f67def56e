package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

// The headers of a request.
const (
	SignatureHeader = "Ioserver-Signature"
	KindHeader      = "Ioserver-Type" // connect, event or disconnect
	// keyHeader is written as it is, in small letters: with the name that
	// net/http knows it would send requests again that may have been heard.
	keyHeader = "idempotency-key"
)

// Sign is the value of a request's signature header: t is the time in seconds of
// Unix time, and each v1 is the HMAC-SHA256, in hexadecimal digits, under one of
// the secrets, of that number, a dot and the body:
//
//	t=1767225600,v1=5257a869...,v1=1f0c9e2d...
//
// The application takes a request if one of the v1 is that of its secret, and t
// is not long ago. So secrets can be changed one after the other.
func Sign(secrets [][]byte, at time.Time, body []byte) string {
	stamp := strconv.AppendInt(nil, at.Unix(), 10)
	out := append([]byte("t="), stamp...)
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write(stamp)
		mac.Write([]byte{'.'})
		mac.Write(body)
		out = hex.AppendEncode(append(out, ",v1="...), mac.Sum(nil))
	}
	return string(out)
}

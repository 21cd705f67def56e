package proxy

import (
	"errors"
	"net/netip"
)

// MaxHeader is the longest PROXY header that is taken, in bytes. Version 1 has 107 at most; version 2 could have 64 kB of TLVs.
const MaxHeader = 4096

// Header is a whole PROXY header.
type Header struct {
	Length int            // in bytes: what has to be consumed, and nothing more
	Client netip.AddrPort // not valid: the header names none that is an IP address, and the connection's own counts
}

// ErrMalformed begins every error of Parse.
var ErrMalformed = errors.New("malformed PROXY header")

// Parse reads the PROXY header that b begins with. Without an error and not whole, more bytes are needed. b stays the caller's.
func Parse(b []byte) (h Header, whole bool, err error) {
	switch {
	case begins(b, v2Signature):
		return parseV2(b)
	case begins(b, v1Signature):
		return parseV1(b)
	}
	return h, false, malformed("no signature of version 1 or 2")
}

// begins tells whether b begins with the signature, as far as it goes.
func begins(b []byte, signature string) bool {
	n := min(len(b), len(signature))
	return string(b[:n]) == signature[:n]
}

// malformedError is ErrMalformed with its reason.
type malformedError string

func malformed(reason string) error { return malformedError(reason) }

func (e malformedError) Error() string { return ErrMalformed.Error() + ": " + string(e) }

// Is makes every reason ErrMalformed.
func (e malformedError) Is(target error) bool { return target == ErrMalformed }

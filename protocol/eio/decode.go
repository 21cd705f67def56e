package eio

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// DefaultMaxPackets is how many packets one polling request may carry when its caller sets no limit of its own. A
// reference client sends all that it has queued at once, so the limit is far from what a busy one needs.
const DefaultMaxPackets = 1 << 16

// DecodePayload decodes the body of a polling request and calls yield for each packet, in order. octet says that its
// content type is application/octet-stream, which only revision 3 knows. maxPackets below 1 stands for [DefaultMaxPackets].
//
// It ends at the first error, its own or yield's, which is returned as it is; packets before it have been yielded by
// then, as in the reference. Data lies in body (or in memory of its own), so it must not be kept longer than body.
//
// Lengths of text in revision 3 count UTF-16 code units. Text in a binary body, which clients encode themselves, may
// contain surrogates in UTF-8's manner; each becomes U+FFFD, in a copy.
func DecodePayload(rev Revision, body []byte, octet bool, maxPackets int, yield func(Packet) error) error {
	if maxPackets < 1 {
		maxPackets = DefaultMaxPackets
	}
	if octet {
		if rev != V3 {
			return fmt.Errorf("engine.io payload: %w", ErrBinary)
		}
		return decodePayload3Binary(body, maxPackets, yield)
	}
	switch {
	case len(body) == 0:
		return fmt.Errorf("engine.io payload: %w", ErrEmpty)
	case !utf8.Valid(body):
		return fmt.Errorf("engine.io payload: %w", ErrUTF8)
	case rev == V3:
		return decodePayload3(body, maxPackets, yield)
	default:
		return decodePayload4(body, maxPackets, yield)
	}
}

func decodePayload4(body []byte, maxPackets int, yield func(Packet) error) error {
	for n := 0; ; n++ {
		if n == maxPackets {
			return fmt.Errorf("engine.io payload: %w", ErrPackets)
		}
		end := bytes.IndexByte(body, separator)
		packet := body
		if end >= 0 {
			packet = body[:end:end]
		}
		if err := yieldText(V4, packet, yield); err != nil {
			return err
		}
		if end < 0 {
			return nil
		}
		body = body[end+1:]
	}
}

func decodePayload3(body []byte, maxPackets int, yield func(Packet) error) error {
	for n := 0; len(body) > 0; n++ {
		if n == maxPackets {
			return fmt.Errorf("engine.io payload: %w", ErrPackets)
		}
		length, digits := readLength(body, '0')
		if digits == 0 || digits == len(body) || body[digits] != ':' {
			return fmt.Errorf("engine.io payload: %w", ErrLength)
		}
		body = body[digits+1:]
		size, ok := utf16Prefix(body, length)
		if !ok {
			return fmt.Errorf("engine.io payload: %w", ErrLength)
		}
		if size > 0 { // "0:" is what the reference makes of no packets
			if err := yieldText(V3, body[:size:size], yield); err != nil {
				return err
			}
		}
		body = body[size:]
	}
	return nil
}

func decodePayload3Binary(body []byte, maxPackets int, yield func(Packet) error) error {
	for n := 0; len(body) > 0; n++ {
		if n == maxPackets {
			return fmt.Errorf("engine.io payload: %w", ErrPackets)
		}
		kind := body[0]
		length, digits := readLength(body[1:], 0)
		start := 1 + digits + 1
		if kind > frameBytes || digits == 0 || len(body) < start || body[start-1] != endLength || length > len(body)-start {
			return fmt.Errorf("engine.io payload: %w", ErrLength)
		}
		packet := body[start : start+length : start+length]
		body = body[start+length:]
		if kind == frameText {
			packet = replaceSurrogates(packet)
			if !utf8.Valid(packet) {
				return fmt.Errorf("engine.io payload: %w", ErrUTF8)
			}
			if err := yieldText(V3, packet, yield); err != nil {
				return err
			}
			continue
		}
		p, err := ParseBinary(V3, packet)
		if err != nil {
			return err
		}
		if err := yield(p); err != nil {
			return err
		}
	}
	return nil
}

func yieldText(rev Revision, b []byte, yield func(Packet) error) error {
	p, err := ParseText(rev, b)
	if err != nil {
		return err
	}
	return yield(p)
}

// readLength reads a decimal number whose digits count from zero, and how many digits it has; none when they are too many.
func readLength(b []byte, zero byte) (n, digits int) {
	for digits < len(b) && b[digits]-zero <= 9 {
		if digits == maxLengthDigits {
			return 0, 0
		}
		n = n*10 + int(b[digits]-zero)
		digits++
	}
	return n, digits
}

// replaceSurrogates returns b with U+FFFD for each surrogate that is encoded in UTF-8's manner (both take three bytes).
// Clients 1.x encode a lone surrogate so. It copies only when there is one.
func replaceSurrogates(b []byte) []byte {
	copied := false
	for i := 0; ; i += 3 {
		at := indexSurrogate(b[i:])
		if at < 0 {
			return b
		}
		if !copied {
			b, copied = bytes.Clone(b), true
		}
		i += at
		copy(b[i:], "\ufffd")
	}
}

func indexSurrogate(b []byte) int {
	for i := 0; ; i++ {
		at := bytes.IndexByte(b[i:], 0xed)
		if at < 0 || i+at+2 >= len(b) {
			return -1
		}
		i += at
		if b[i+1] >= 0xa0 && b[i+1] <= 0xbf && b[i+2]&0xc0 == 0x80 {
			return i
		}
	}
}

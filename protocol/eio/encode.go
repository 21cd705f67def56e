package eio

import (
	"slices"
	"strconv"
)

const (
	separator  = 0x1e // between the packets of a payload of revision 4
	endLength  = 0xff // after the length of a packet in a binary payload of revision 3
	frameText  = 0
	frameBytes = 1

	maxLengthDigits = 10 // of a packet in a payload of revision 3: 9,999,999,999 is beyond every limit
)

// AppendPayload appends the body of a polling answer to dst. octet tells its content type: application/octet-stream when
// true, else text. That is so in revision 3 only, when there is binary data and the client did not ask for base64 (b64);
// in revision 4 binary data is always base64.
func AppendPayload(dst []byte, rev Revision, packets []Packet, b64 bool) (out []byte, octet bool) {
	switch {
	case rev != V3:
		return appendPayload4(dst, packets), false
	case !b64 && slices.ContainsFunc(packets, func(p Packet) bool { return p.Binary }):
		return appendPayload3Binary(dst, packets), true
	default:
		return appendPayload3(dst, packets), false
	}
}

func appendPayload4(dst []byte, packets []Packet) []byte {
	dst = slices.Grow(dst, payloadSize(packets))
	for i, p := range packets {
		if i > 0 {
			dst = append(dst, separator)
		}
		dst = AppendText(dst, V4, p)
	}
	return dst
}

func appendPayload3(dst []byte, packets []Packet) []byte {
	if len(packets) == 0 {
		return append(dst, "0:"...)
	}
	dst = slices.Grow(dst, payloadSize(packets))
	for _, p := range packets {
		if p.Binary {
			dst = strconv.AppendInt(dst, int64(len("b4")+base64Len(len(p.Data))), 10)
		} else {
			dst = strconv.AppendInt(dst, int64(len("4")+utf16Len(p.Data)), 10)
		}
		dst = AppendText(append(dst, ':'), V3, p)
	}
	return dst
}

func appendPayload3Binary(dst []byte, packets []Packet) []byte {
	dst = slices.Grow(dst, payloadSize(packets))
	for _, p := range packets {
		kind, first := byte(frameText), p.Type.digit()
		if p.Binary {
			kind, first = frameBytes, byte(p.Type)
		}
		dst = append(dst, kind)
		n := len(dst)
		dst = strconv.AppendInt(dst, int64(1+len(p.Data)), 10)
		for i := n; i < len(dst); i++ {
			dst[i] -= '0' // one digit a byte, as its value
		}
		dst = append(append(dst, endLength, first), p.Data...)
	}
	return dst
}

// payloadSize is an upper bound of what packets take in any encoding, so that a payload is allocated once.
func payloadSize(packets []Packet) int {
	n := len(packets) * (maxLengthDigits + len(":b4"))
	for _, p := range packets {
		if p.Binary {
			n += base64Len(len(p.Data))
		} else {
			n += len(p.Data)
		}
	}
	return n
}

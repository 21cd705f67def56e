package ws

import (
	"encoding/binary"
	"math"
)

const (
	finBit  = 0x80
	rsvBits = 0x70
	maskBit = 0x80

	length16 = 126 // the 7-bit length that announces 2 more bytes
	length64 = 127 // the 7-bit length that announces 8 more bytes

	minHeader = 6  // of a masked frame: two bytes and the key
	maxHeader = 14 // of a masked frame: with 8 bytes of length
)

// header is a client frame's header as it came.
type header struct {
	fin    bool
	op     Opcode
	key    [4]byte
	length uint64
}

// parseHeader returns the header at the beginning of b and its size, or a size of 0 when b ends inside of it. What the
// bytes at hand rule out is refused at once, so that a bad frame never waits for its rest.
func parseHeader(b []byte) (h header, size int, err *CloseError) {
	if len(b) == 0 {
		return h, 0, nil
	}
	h.fin, h.op = b[0]&finBit != 0, Opcode(b[0]&0x0f)
	switch {
	case b[0]&rsvBits != 0:
		return h, 0, errReservedBits
	case !h.op.valid():
		return h, 0, errOpcode
	case h.op.control() && !h.fin:
		return h, 0, errControlFragment
	case len(b) == 1:
		return h, 0, nil
	case b[1]&maskBit == 0:
		return h, 0, errUnmasked
	}
	size, h.length = minHeader, uint64(b[1]&^maskBit)
	if h.length > MaxControl {
		if h.op.control() {
			return h, 0, errControlLength
		}
		size, err = extendLength(&h, b)
		if size == 0 || err != nil {
			return h, 0, err
		}
	}
	if len(b) < size {
		return h, 0, nil
	}
	h.key = [4]byte(b[size-4 : size])
	return h, size, nil
}

// extendLength reads a length of 16 or 64 bits, which has to be the shortest form, and returns the header's whole size.
func extendLength(h *header, b []byte) (size int, err *CloseError) {
	switch h.length {
	case length16:
		if len(b) < 4 {
			return 0, nil
		}
		h.length = uint64(binary.BigEndian.Uint16(b[2:]))
		if h.length < length16 {
			return 0, errLengthForm
		}
		return minHeader + 2, nil
	default:
		if len(b) < 10 {
			return 0, nil
		}
		h.length = binary.BigEndian.Uint64(b[2:])
		if h.length > math.MaxInt64 || h.length <= math.MaxUint16 {
			return 0, errLengthForm
		}
		return maxHeader, nil
	}
}

// AppendHeader appends the header of an unmasked frame of length payload bytes, as a server sends it, to dst.
func AppendHeader(dst []byte, fin bool, op Opcode, length int) []byte {
	return appendHeader(dst, fin, op, length, 0)
}

func appendHeader(dst []byte, fin bool, op Opcode, length int, mask byte) []byte {
	first := byte(op)
	if fin {
		first |= finBit
	}
	switch {
	case length < length16:
		return append(dst, first, mask|byte(length))
	case length <= math.MaxUint16:
		return append(dst, first, mask|length16, byte(length>>8), byte(length))
	default:
		return binary.BigEndian.AppendUint64(append(dst, first, mask|length64), uint64(length))
	}
}

// AppendFrame appends one whole unmasked frame, as a server sends it, to dst.
func AppendFrame(dst []byte, op Opcode, payload []byte) []byte {
	return append(AppendHeader(dst, true, op, len(payload)), payload...)
}

// AppendMasked appends one frame masked with key, as a client sends it, to dst.
func AppendMasked(dst []byte, fin bool, op Opcode, key [4]byte, payload []byte) []byte {
	dst = append(appendHeader(dst, fin, op, len(payload), maskBit), key[:]...)
	n := len(dst)
	dst = append(dst, payload...)
	Mask(key, 0, dst[n:])
	return dst
}

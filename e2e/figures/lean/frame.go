package lean

import (
	"encoding/binary"
	"errors"
)

// Of RFC 6455, as far as a server that is at peace sends it.
const (
	opText  = 1
	opClose = 8
	opPing  = 9
)

var errFrame = errors.New("websocket: unexpected frame")

// appendFrame appends a client's text frame; its mask is zero.
func appendFrame(dst, payload []byte) []byte {
	dst = append(dst, 0x80|opText)
	if n := len(payload); n < 126 {
		dst = append(dst, 0x80|byte(n))
	} else if n < 1<<16 {
		dst = binary.BigEndian.AppendUint16(append(dst, 0x80|126), uint16(n))
	} else {
		dst = binary.BigEndian.AppendUint64(append(dst, 0x80|127), uint64(n))
	}
	return append(append(dst, 0, 0, 0, 0), payload...)
}

// frame returns the first of a server's frames, and how many bytes it takes: none
// where it is not whole.
func frame(b []byte) (op byte, payload []byte, n int, err error) {
	if len(b) < 2 {
		return 0, nil, 0, nil
	}
	if b[0]&0xf0 != 0x80 || b[1]&0x80 != 0 { // a fragment, reserved bits, masked
		return 0, nil, 0, errFrame
	}
	length, head := uint64(b[1]), 2
	switch {
	case length == 126:
		if head = 4; len(b) < head {
			return 0, nil, 0, nil
		}
		length = uint64(binary.BigEndian.Uint16(b[2:]))
	case length == 127:
		if head = 10; len(b) < head {
			return 0, nil, 0, nil
		}
		length = binary.BigEndian.Uint64(b[2:])
	}
	if uint64(len(b)-head) < length {
		return 0, nil, 0, nil
	}
	n = head + int(length)
	return b[0] & 15, b[head:n], n, nil
}

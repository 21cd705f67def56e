package load

import (
	"encoding/binary"
	"errors"

	"github.com/ioserver/ioserver/protocol/ws"
)

var (
	errMasked   = errors.New("websocket: the server's frame is masked")
	errReserved = errors.New("websocket: reserved bits")
	errTooBig   = errors.New("websocket: message too big")
	errFragment = errors.New("websocket: fragments out of order")
)

// frame is one of a server's.
type frame struct {
	op      ws.Opcode
	fin     bool
	payload []byte
}

// parseFrame returns the first frame of b and how many bytes it takes, none where
// it is not whole. The payload lies in b. Package ws decodes clients' frames only.
func parseFrame(b []byte) (f frame, n int, err error) {
	if len(b) < 2 {
		return frame{}, 0, nil
	}
	if b[0]&0x70 != 0 {
		return frame{}, 0, errReserved
	}
	if b[1]&0x80 != 0 {
		return frame{}, 0, errMasked
	}
	length, head := uint64(b[1]), 2
	switch length {
	case 126:
		if head = 4; len(b) < head {
			return frame{}, 0, nil
		}
		length = uint64(binary.BigEndian.Uint16(b[2:]))
	case 127:
		if head = 10; len(b) < head {
			return frame{}, 0, nil
		}
		length = binary.BigEndian.Uint64(b[2:])
	}
	if length > maxMessageBytes {
		return frame{}, 0, errTooBig
	}
	if uint64(len(b)-head) < length {
		return frame{}, 0, nil
	}
	n = head + int(length)
	return frame{op: ws.Opcode(b[0] & 15), fin: b[0]&0x80 != 0, payload: b[head:n]}, n, nil
}

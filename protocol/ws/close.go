package ws

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// Status codes of a close frame (RFC 6455, section 7.4.1).
const (
	CloseNormal        uint16 = 1000
	CloseGoingAway     uint16 = 1001
	CloseProtocolError uint16 = 1002
	CloseUnsupported   uint16 = 1003
	CloseNoStatus      uint16 = 1005 // never on the wire: what an empty close frame means
	CloseAbnormal      uint16 = 1006 // never on the wire: the connection ended without a close frame
	CloseInvalidData   uint16 = 1007
	ClosePolicy        uint16 = 1008
	CloseTooBig        uint16 = 1009
	CloseInternal      uint16 = 1011
)

// MaxReason is the longest reason that fits a close frame, in bytes.
const MaxReason = MaxControl - 2

// CloseError is a violation of the protocol, and what to close the connection with.
type CloseError struct {
	Code   uint16
	Reason string
}

func (e *CloseError) Error() string { return fmt.Sprintf("websocket: close %d: %s", e.Code, e.Reason) }

// Ready-made, so that refusing a flood of bad frames allocates nothing.
var (
	errReservedBits    = &CloseError{CloseProtocolError, "reserved bits set"}
	errOpcode          = &CloseError{CloseProtocolError, "reserved opcode"}
	errUnmasked        = &CloseError{CloseProtocolError, "client frame not masked"}
	errControlFragment = &CloseError{CloseProtocolError, "fragmented control frame"}
	errControlLength   = &CloseError{CloseProtocolError, "control frame too long"}
	errLengthForm      = &CloseError{CloseProtocolError, "invalid payload length"}
	errNoMessage       = &CloseError{CloseProtocolError, "continuation of nothing"}
	errInterleaved     = &CloseError{CloseProtocolError, "message inside of a fragmented message"}
	errClosePayload    = &CloseError{CloseProtocolError, "invalid close frame"}
	errCloseCode       = &CloseError{CloseProtocolError, "invalid status code"}
	errText            = &CloseError{CloseInvalidData, "invalid UTF-8 in text"}
	errReason          = &CloseError{CloseInvalidData, "invalid UTF-8 in close reason"}
	errFragments       = &CloseError{ClosePolicy, "too many fragments"}
	errTooBig          = &CloseError{CloseTooBig, "message too big"}
)

// ValidCode reports whether a peer may send code in a close frame: a code of the protocol that is meant for the wire, or
// one of the ranges for libraries (3000 to 3999) and applications (4000 to 4999).
func ValidCode(code uint16) bool {
	switch code {
	case 1004, CloseNoStatus, CloseAbnormal:
		return false
	}
	return (code >= 1000 && code <= 1014) || (code >= 3000 && code <= 4999)
}

// AppendClose appends an unmasked close frame to dst. A code that may not be sent (such as 1005, the code of an
// empty close frame) gives an empty one. A reason over [MaxReason] bytes is cut at a character's boundary.
func AppendClose(dst []byte, code uint16, reason string) []byte {
	if !ValidCode(code) {
		return AppendHeader(dst, true, OpClose, 0)
	}
	if len(reason) > MaxReason {
		n := MaxReason
		for n > 0 && !utf8.RuneStart(reason[n]) {
			n--
		}
		reason = reason[:n]
	}
	dst = AppendHeader(dst, true, OpClose, 2+len(reason))
	dst = binary.BigEndian.AppendUint16(dst, code)
	return append(dst, reason...)
}

// closeEvent checks the payload of a close frame.
func closeEvent(payload []byte) (Event, *CloseError) {
	switch {
	case len(payload) == 0:
		return Event{Kind: Close, Code: CloseNoStatus}, nil
	case len(payload) == 1:
		return Event{}, errClosePayload
	}
	ev := Event{Kind: Close, Code: binary.BigEndian.Uint16(payload), Data: payload[2:]}
	if !ValidCode(ev.Code) {
		return Event{}, errCloseCode
	}
	if !utf8.Valid(ev.Data) {
		return Event{}, errReason
	}
	return ev, nil
}

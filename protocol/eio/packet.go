package eio

import "errors"

// Revision is a revision of the Engine.IO protocol, as in the query parameter EIO.
type Revision uint8

// The revisions that are spoken.
const (
	V3 Revision = 3
	V4 Revision = 4
)

// PacketType is the type of a packet, in the order of the digits on the wire.
type PacketType uint8

// The packet types. They are the same in both revisions.
const (
	Open PacketType = iota
	Close
	Ping
	Pong
	Message
	Upgrade
	Noop
)

var typeNames = [...]string{"open", "close", "ping", "pong", "message", "upgrade", "noop"}

// String returns the name that the protocol gives to the type.
func (t PacketType) String() string {
	if !t.valid() {
		return "invalid"
	}
	return typeNames[t]
}

func (t PacketType) valid() bool { return t <= Noop }

func (t PacketType) digit() byte { return '0' + byte(t) }

// Packet is one packet. Data is text in UTF-8, or any bytes when Binary; it is never modified.
type Packet struct {
	Type   PacketType
	Data   []byte
	Binary bool
}

// What can be wrong with what a client sent. Errors of this package wrap one of them.
var (
	ErrEmpty   = errors.New("empty")
	ErrType    = errors.New("unknown packet type")
	ErrBase64  = errors.New("invalid base64")
	ErrUTF8    = errors.New("invalid UTF-8")
	ErrLength  = errors.New("invalid packet length")
	ErrPackets = errors.New("too many packets")
	ErrBinary  = errors.New("binary body in revision 4")
	ErrForm    = errors.New("invalid form")
)

func typeOf(digit byte) (PacketType, bool) {
	t := PacketType(digit - '0')
	return t, t.valid()
}

package sio

import "errors"

// Type is the type of a packet, in the order of the digits on the wire.
type Type uint8

// The packet types. ConnectError is called ERROR in protocol 4.
const (
	Connect Type = iota
	Disconnect
	Event
	Ack
	ConnectError
	BinaryEvent
	BinaryAck
)

var typeNames = [...]string{"CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK"}

// String returns the name that the protocol gives to the type.
func (t Type) String() string {
	if t > BinaryAck {
		return "INVALID"
	}
	return typeNames[t]
}

func (t Type) binary() bool { return t == BinaryEvent || t == BinaryAck }

// Packet is one packet without its attachments.
type Packet struct {
	Type        Type
	Attachments int    // binary messages that follow; only binary types have any, and 0 means that none is to be waited for
	Namespace   string // begins with a slash; as sent, so for protocol 4 with a query
	ID          uint64 // of the ack that is asked for or given, when HasID; at most [MaxID]
	HasID       bool
	Data        []byte // raw JSON, or nil: an object, a string or an array, as the type demands
}

// Limits of what a packet may say.
const (
	// DefaultMaxAttachments is the reference's limit.
	DefaultMaxAttachments = 10
	// MaxID is the largest integer that JavaScript counts to without gaps.
	MaxID = 1<<53 - 1
	// MaxDepth is how deep arrays and objects of a packet may be nested, its outermost array included.
	MaxDepth = 1000
)

// What can be wrong with a packet.
var (
	ErrType        = errors.New("socket.io packet: unknown type")
	ErrAttachments = errors.New("socket.io packet: invalid number of attachments")
	ErrID          = errors.New("socket.io packet: invalid ack id")
	ErrPayload     = errors.New("socket.io packet: invalid payload")
	ErrReserved    = errors.New("socket.io packet: reserved event name")
	ErrPlaceholder = errors.New("socket.io packet: invalid placeholder")
)

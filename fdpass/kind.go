package fdpass

import "strconv"

// Kind is the first byte of every message and says what follows it.
type Kind uint8

// The kinds. Zero is none, so that a forgotten kind is refused.
const (
	// Accept hands over a fresh connection: an Origin, and the connection's descriptor.
	Accept Kind = 1 + iota
	// Handover passes on a connection that another worker has begun to read: an Origin, then the bytes read and not consumed.
	Handover
	// Request is a piece of a relayed request; its layout belongs to the worker.
	Request
	// Answer is a piece of a relayed request's answer; its layout belongs to the worker.
	Answer
	// Cancel tells that the asker of a relayed request, or its answerer, has gone; its layout belongs to the worker.
	Cancel
	// control is a JSON message of the control channel. An inbox never carries it.
	control
)

// kinds is the table of what each kind carries beside its payload.
var kinds = [...]struct {
	name        string
	descriptors int // connected stream sockets
}{
	Accept:   {"accept", 1},
	Handover: {"handover", 1},
	Request:  {"request", 0},
	Answer:   {"answer", 0},
	Cancel:   {"cancel", 0},
	control:  {"control", 0},
}

// Valid tells whether k is in the table.
func (k Kind) Valid() bool { return k >= Accept && int(k) < len(kinds) }

// Descriptors is the exact number of descriptors that a message of kind k carries.
func (k Kind) Descriptors() int {
	if !k.Valid() {
		return 0
	}
	return kinds[k].descriptors
}

func (k Kind) String() string {
	if !k.Valid() {
		return "kind " + strconv.Itoa(int(k))
	}
	return kinds[k].name
}

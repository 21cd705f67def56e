package ws

// Kind says what an [Event] is.
type Kind uint8

// The kinds of events.
const (
	None   Kind = iota // nothing is complete yet
	Text               // a whole text message, valid UTF-8
	Binary             // a whole binary message
	Ping               // to be answered with a pong of the same data
	Pong
	Close // the peer sends nothing more: what follows is discarded
)

// Event is a message or a control frame.
type Event struct {
	Kind Kind
	Code uint16 // of a close: the peer's status code, or CloseNoStatus
	Data []byte // the payload; of a close: the reason
}

// Defaults of [Limits].
const (
	DefaultMaxMessage   = 1e6
	DefaultMaxFragments = 4096
)

// Limits bound what one peer may make the decoder hold. A zero field stands for its default.
type Limits struct {
	MaxMessage   int // payload bytes of a message, over all its fragments
	MaxFragments int // frames of a message
}

func (l Limits) message() int {
	if l.MaxMessage <= 0 {
		return DefaultMaxMessage
	}
	return l.MaxMessage
}

func (l Limits) fragments() int {
	if l.MaxFragments <= 0 {
		return DefaultMaxFragments
	}
	return l.MaxFragments
}

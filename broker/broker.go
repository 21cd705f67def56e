package broker

import (
	"context"
	"errors"
)

// Errors that callers are expected to tell apart with errors.Is.
var (
	// ErrClosed: the Broker was closed.
	ErrClosed = errors.New("broker: closed")
	// ErrDisconnected: no server at the moment; the message was not kept.
	ErrDisconnected = errors.New("broker: not connected")
	// ErrOverflow: the server takes bytes more slowly than they are published
	// and the bounded local buffer is full; the message was not kept.
	ErrOverflow = errors.New("broker: outgoing buffer is full")
	// ErrTooLarge: the message exceeds MaxMessage, in parts or not.
	ErrTooLarge = errors.New("broker: message is too large")
	// ErrNoResponders: nobody listens on the subject of a Request.
	ErrNoResponders = errors.New("broker: no responders")
	// ErrBadSubject: empty, too long, or with empty tokens, spaces or control
	// bytes; or wildcards where a literal subject is needed.
	ErrBadSubject = errors.New("broker: bad subject")
)

// Message is one received message. Data belongs to the receiver.
type Message struct {
	Subject string
	Reply   string // where an answer is expected, or ""
	Data    []byte
}

// Broker is a connection to the bus. All methods may be called from any
// goroutine, but see Request, Flush and Sync about handlers. None of them
// belongs on an event loop.
type Broker interface {
	// Publish hands data to the bus, at most once; it keeps no reference to it.
	// It copies into a bounded local buffer and does not wait for the server:
	// ErrDisconnected without one, ErrOverflow when the buffer is full (both
	// counted). Messages over the server's limit are cut and put together again
	// at the receiver. A Broker does not hear its own messages. An answer is
	// published to Message.Reply.
	Publish(subject string, data []byte) error

	// Subscribe calls h for every message whose subject matches, where `*`
	// stands for one token and a last `>` for one or more. It returns when the
	// subscription is on its way to the server: what others publish after a
	// following Flush has returned does arrive. Without a server it takes
	// effect when there is one. h is called on the one dispatch goroutine of
	// this Broker; while it blocks, nothing else is delivered, and messages
	// wait in a bounded queue (see OnGap).
	Subscribe(subject string, h func(Message)) (Subscription, error)

	// SubscribeQueue is Subscribe for a group of subscribers, on this Broker and
	// others: of those that name the same group, one gets each message.
	SubscribeQueue(subject, group string, h func(Message)) (Subscription, error)

	// Request publishes data with a reply address and waits for the first
	// answer, which the caller owns. ErrNoResponders at once where nobody
	// listens. It does not need the dispatch goroutine, so handlers may call
	// it, at the price of holding up everything else meanwhile.
	Request(ctx context.Context, subject string, data []byte) ([]byte, error)

	// Flush returns when the server has processed everything that this Broker
	// published and subscribed before. Without a server it waits for one until
	// ctx ends. Not to be called by a handler.
	Flush(ctx context.Context) error

	// Sync is Flush, after which f is called once on the dispatch goroutine,
	// behind all messages that the server had sent before it answered the
	// flush. Sync does not wait for f. Not to be called by a handler.
	Sync(ctx context.Context, f func()) error

	// OnState adds a receiver of state changes. All are called on one goroutine
	// that does nothing else, first with the present state; receivers that are
	// slow may miss intermediate states, never the last one. There is no way to
	// take one back.
	OnState(f func(State))

	// OnGap adds a function that is called on the dispatch goroutine, between
	// two messages, when messages may be missing between them: the connection
	// was interrupted, or this receiver was too slow. There is no way to take
	// one back.
	OnGap(f func())

	// Generation counts connections. It changes before the first message that
	// is published to a new connection: a publisher that sees the same value
	// before and after a sequence of successful Publish calls knows that they
	// went the same way, in order, and that only the end can be missing.
	Generation() uint64

	// ServerID tells the server that this Broker is connected to from all others,
	// and from its own earlier lives; "" while there is none. It never waits.
	ServerID() string

	// MaxPayload is the largest message, in bytes, that travels in one part.
	MaxPayload() int

	// Stats is a snapshot of the counters. It never waits for a server.
	Stats() Stats

	// Close ends the connection and all subscriptions and waits for the
	// goroutines, so not to be called by a handler. Messages not flushed may be
	// lost. Closing again is harmless.
	Close() error
}

// Subscription is one interest. Unsubscribe ends it: no handler call begins
// after it has returned, though one may be under way.
type Subscription interface {
	Unsubscribe() error
}

// Condition of the connection.
type Condition uint8

// The conditions a Broker goes through.
const (
	Connecting   Condition = iota // never connected yet; Err is the last failure, if any
	Connected                     // usable
	Disconnected                  // was connected, trying again; Err is the cause
	Closed                        // Close was called; final
)

// String is the condition in one word.
func (c Condition) String() string {
	switch c {
	case Connecting:
		return "connecting"
	case Connected:
		return "connected"
	case Disconnected:
		return "disconnected"
	case Closed:
		return "closed"
	}
	return "unknown"
}

// State is what OnState reports.
type State struct {
	Condition Condition
	Err       error  // why, where it is known
	Server    string // the server's address while connected, without credentials

	// Drained is set on a Connected state that reports room in the outgoing
	// buffer after Publish has returned ErrOverflow.
	Drained bool
}

// Stats are counters since the Broker was made, but for the last two.
type Stats struct {
	Published, PublishedBytes uint64 // taken by Publish and Request
	Delivered, DeliveredBytes uint64 // handed to handlers
	Refused                   uint64 // Publish without a server
	Overflows                 uint64 // Publish into a full buffer
	Cut, Joined               uint64 // messages sent in parts, put together from parts
	PartsDropped              uint64 // unfinished messages given up
	Connects                  uint64 // connections made
	Gaps                      uint64 // interruptions of the incoming stream
	Lost                      uint64 // messages known to be dropped here; others vanish with a connection
	Errors                    uint64 // errors the server reported, permissions among them
	Subscriptions             int    // now
	Outgoing                  int    // bytes now waiting for the server
}

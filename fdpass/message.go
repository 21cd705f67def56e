package fdpass

import "errors"

// MaxPayload is the longest payload of one message in bytes. Longer ones are cut by their senders: the kernel refuses a message
// beyond its socket's send buffer, and large ones let few be in flight.
const MaxPayload = 128 << 10

// Message is what Receive returns.
type Message struct {
	Kind    Kind
	Payload []byte // valid until the next Receive on the same Receiver
	FD      int    // -1 when the kind carries none; otherwise the receiver of the message owns and closes it
}

var (
	// ErrFull: the inbox, or the user's allowance of descriptors in flight, takes nothing now (EAGAIN, ETOOMANYREFS, ENOBUFS).
	// Sender.Wait waits for room.
	ErrFull = errors.New("inbox full")
	// ErrGone: nobody holds the other end any more (EPIPE, ECONNRESET).
	ErrGone = errors.New("other end gone")
	// ErrTooLong: the payload is longer than MaxPayload.
	ErrTooLong = errors.New("payload longer than a message may be")
	// ErrDescriptorLost: a whole message arrived, but its descriptor could not be entered into this process's full table; the
	// kernel has closed it. The message returned with it is valid but for FD, which is -1.
	ErrDescriptorLost = errors.New("descriptor lost: this process's descriptor table is full")
	// ErrEmpty is TryReceive's answer when nothing is queued.
	ErrEmpty = errors.New("inbox empty")
	// ErrClosed: this side has closed its end.
	ErrClosed = errors.New("closed end")
)

// BadMessage is Receive's error for a message that is not as its kind demands. All that came with it is closed; the next
// message can be received.
type BadMessage struct {
	Kind   Kind // 0 when not even that was there
	Reason string
}

func (e *BadMessage) Error() string {
	if e.Kind == 0 {
		return "bad message: " + e.Reason
	}
	return "bad " + e.Kind.String() + " message: " + e.Reason
}

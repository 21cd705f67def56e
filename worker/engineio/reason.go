package engineio

// Reason says why a session ended; the words are the reference's.
type Reason string

// The reasons of a session's end.
const (
	TransportError Reason = "transport error" // the connection failed, or the client broke the protocol
	TransportClose Reason = "transport close" // the client went away
	ForcedClose    Reason = "forced close"    // Session.Close
	PingTimeout    Reason = "ping timeout"
	ParseError     Reason = "parse error"
	ShuttingDown   Reason = "server shutting down"
	// BufferOverflow is ours: the client reads slower than it is written to,
	// and its queue reached MaxQueueBytes.
	BufferOverflow Reason = "buffer overflow"
	// OtherReason stands in [Reasons] for all that an application gives to
	// [Session.Fail].
	OtherReason Reason = "other"
)

// Reasons are all, in the order in which [Stats] counts them; they are not to
// be changed.
var Reasons = [...]Reason{
	TransportError, TransportClose, ForcedClose, PingTimeout, ParseError, ShuttingDown, BufferOverflow, OtherReason,
}

// index is the reason's place in Reasons.
func (r Reason) index() int {
	for i, known := range Reasons {
		if r == known {
			return i
		}
	}
	return len(Reasons) - 1
}

// The transports' names.
const (
	Polling   = "polling"
	WebSocket = "websocket"
)

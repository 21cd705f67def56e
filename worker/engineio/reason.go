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
)

// The transports' names.
const (
	Polling   = "polling"
	WebSocket = "websocket"
)

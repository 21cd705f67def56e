package socketio

import "github.com/ioserver/ioserver/worker/engineio"

// The reasons of a disconnection are Engine.IO's, for a connection that ended,
// and these.
const (
	clientDisconnect  = "client namespace disconnect"
	serverDisconnect  = "server namespace disconnect"
	forcedServerClose = "forced server close"
	// EventOverflow is ours: the client sent more events than its handlers
	// could be queued, see Limits.BurstEvents.
	EventOverflow = "event overflow"
	// TokenExpired is ours too: what let the client in has expired, see
	// [Socket.Expire].
	TokenExpired = "token expired"
)

// Reasons are all that OnDisconnect may be told, in the order in which [Stats]
// counts them; they are not to be changed. The last stands for any that is not
// among them.
var Reasons = [...]string{
	clientDisconnect,
	serverDisconnect,
	forcedServerClose,
	string(engineio.TransportClose),
	string(engineio.TransportError),
	string(engineio.PingTimeout),
	string(engineio.ParseError),
	string(engineio.ForcedClose),
	string(engineio.ShuttingDown),
	string(engineio.BufferOverflow),
	EventOverflow,
	TokenExpired,
	string(engineio.OtherReason),
}

// reasonIndex is the reason's place in Reasons.
func reasonIndex(reason string) int {
	for i, r := range Reasons {
		if r == reason {
			return i
		}
	}
	return len(Reasons) - 1
}

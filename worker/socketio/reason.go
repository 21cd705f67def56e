package socketio

// The reasons of a disconnection are Engine.IO's, for a connection that ended,
// and these.
const (
	clientDisconnect  = "client namespace disconnect"
	serverDisconnect  = "server namespace disconnect"
	forcedServerClose = "forced server close"
	// EventOverflow is ours: the client sent more events than its handlers
	// could be queued, see Limits.BurstEvents.
	EventOverflow = "event overflow"
)

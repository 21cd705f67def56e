package engineio

import "time"

// The bounds of this package that are not options. Those that are have their
// defaults in [Options].
const (
	// headerBytes bounds the head of a request, as Node's 16 KiB does.
	headerBytes = 16 << 10
	// headDeadline is how long a client may take to send a request's head.
	headDeadline = 20 * time.Second
	// bodyDeadline is how long it may take to send the body.
	bodyDeadline = 60 * time.Second
	// answerDeadline is how long it may take to read an answer.
	answerDeadline = 60 * time.Second
	// idleDeadline is how long a connection may stay open between requests. It
	// is longer than nginx keeps an upstream connection (60 s), so that nginx
	// is the side that closes.
	idleDeadline = 75 * time.Second
	// wholeDeadline is how long the loop waits for the rest of a request, before
	// it leaves it to fasthttp and the deadlines above.
	wholeDeadline = 100 * time.Millisecond
	// answerHeadBytes is room for the usual head of an answer, and a body of up
	// to joinedBytes is copied behind it.
	answerHeadBytes = 256
	joinedBytes     = 4 << 10
	// packetsPerPayload bounds the packets of one polling payload.
	packetsPerPayload = 1 << 16
	// A WebSocket message may have fragmentsPerMessage frames, or one for each
	// fragmentBytes of the largest message, where that is more.
	fragmentsPerMessage = 4096
	fragmentBytes       = 256
	// unreadBytes bounds what a client may have sent behind its opening
	// handshake or its poll, before the loop has taken the connection. No more
	// is read behind a poll that waits once there is as much.
	unreadBytes = 64 << 10
	// compressThreshold is the size of a polling answer from which it is
	// compressed, as in the reference.
	compressThreshold = 1024
	// noopInterval is the pause between the noop packets that end waiting
	// polls while an upgrade is under way, as in the reference.
	noopInterval = 100 * time.Millisecond
	// pollingCloseDeadline is how long a closing session waits for the poll
	// that will carry its close packet, as in the reference.
	pollingCloseDeadline = 30 * time.Second
	// webSocketCloseDeadline is how long a closed WebSocket may take to answer
	// with its own close frame.
	webSocketCloseDeadline = 5 * time.Second
	// lingerDeadline and lingerBytes bound what is read and thrown away of a
	// refused request, so that the client can read why.
	lingerDeadline = 2 * time.Second
	lingerBytes    = 4 << 20
	// queuedOverhead is what a message counts in a queue beside its bytes, so
	// that empty ones are bounded too.
	queuedOverhead = 16
	// crowdPause is when a client may come again whose address has as many
	// sessions as it may, in seconds.
	crowdPause = "1"
	// unsentReplies bounds the pongs that wait for a client which sends pings
	// and reads nothing.
	unsentReplies = 1024
)

// waits are the pauses of a session that are not options.
type waits struct{ noop, pollingClose, webSocketClose time.Duration }

// deadlines are a front's.
type deadlines struct{ head, body, answer, idle time.Duration }

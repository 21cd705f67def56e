package api

import "time"

const (
	// connections bounds the open connections of a worker. One more is answered
	// with 429 and closed. Stats.ConnectionOverflows.
	connections = 1024
	// farewells bounds those of them whose input is thrown away for a moment, so
	// that they can read the answer.
	farewells = 64
	// atWork bounds the requests whose body is being read, or which are being
	// served, at the same time. One more gets 429. Stats.RequestOverflows.
	atWork = 256
	// queries bounds those of them that ask all workers who is there: each holds
	// what all of them say. Stats.RequestOverflows.
	queries = 8
	// DefaultRate bounds the requests of a second. More wait for their turn, for
	// paceWait at the most; then they get 429. Stats.RateOverflows.
	DefaultRate = 10_000
	paceWait    = time.Second
	// leastBody is the largest body of a request where clients may not send more
	// in a message of their own. A larger one gets 413.
	leastBody = 1 << 20
	// headerBytes bounds the head of a request. A larger one gets 431.
	headerBytes = 8 << 10
	// prefetch is as much of a body as is read with its head, when the token is
	// right.
	prefetch = 8 << 10
	// refused is as much of a body as fasthttp insists on reading of a request
	// that will be refused.
	refused = 1
	// keptBytes is the largest body whose buffer is kept for the next.
	keptBytes = 64 << 10
	// answerBytes bounds what is listed in an answer.
	answerBytes = 8 << 20

	// headDeadline is how long a client may take to send a request's head.
	headDeadline = 10 * time.Second
	// bodyDeadline is how long it may take to send the body.
	bodyDeadline = 30 * time.Second
	// answerDeadline is how long it may take to read an answer.
	answerDeadline = 30 * time.Second
	// idleDeadline is how long a connection may stay open between requests; it is
	// longer than proxies keep theirs, so that they are the side that closes.
	idleDeadline = 75 * time.Second
	// lingerDeadline and lingerBytes bound what is read and thrown away of a
	// refused request, so that the client can read why.
	lingerDeadline = 2 * time.Second
	lingerBytes    = 1 << 20
	// busyPause is when one who was told 429 may come again, in seconds.
	busyPause = "1"
)

// limits are a server's, for tests to lower.
type limits struct {
	connections, atWork, queries     int
	head, body, answer, idle, linger time.Duration
}

var defaultLimits = limits{connections, atWork, queries, headDeadline, bodyDeadline, answerDeadline, idleDeadline, lingerDeadline}

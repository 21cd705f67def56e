package webhook

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Bounds and times that the user does not set.
const (
	defaultConnections = 64
	defaultAnswerBytes = 4 << 20
	dialTimeout        = 2 * time.Second
	tlsTimeout         = 3 * time.Second
	// idleTime is how long a connection is kept that has nothing to do: less than
	// servers keep theirs, so that a request does not meet a closing one.
	idleTime = 4 * time.Second
	// firstPause is that before a request is sent again, and doubles. mostTries
	// bounds how often it is sent: an application that is away costs a client
	// less than half a second.
	firstPause = 50 * time.Millisecond
	mostTries  = 4
	// statusBytes is how much of the body of an error is read, to go on with the
	// connection.
	statusBytes = 16 << 10
)

// Options of a Caller. URL is needed.
type Options struct {
	// URL is http:// or https://, without user and password.
	URL string
	// Secrets sign, all of them. None: requests have no signature.
	Secrets [][]byte
	// Connections bounds those to the application, and so what it is asked at the
	// same time: 64.
	Connections int
	// AnswerBytes bounds an answer: 4 MiB.
	AnswerBytes int
	// TLS is nil for the system's authorities.
	TLS *tls.Config
}

func (o Options) complete() (Options, error) {
	u, err := url.Parse(o.URL)
	switch {
	case err != nil:
		return o, fmt.Errorf("webhook: %w", err)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "":
		return o, errors.New("webhook: the address is no http:// or https:// URL without user and fragment")
	case o.Connections < 0 || o.AnswerBytes < 0:
		return o, errors.New("webhook: a negative option")
	}
	if o.Connections == 0 {
		o.Connections = defaultConnections
	}
	if o.AnswerBytes == 0 {
		o.AnswerBytes = defaultAnswerBytes
	}
	return o, nil
}

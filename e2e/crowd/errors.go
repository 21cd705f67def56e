package crowd

import (
	"errors"
	"fmt"
)

// How a connection ended, where it is not an error of the network.
var (
	ErrClosed     = errors.New("closed by this client")
	ErrDismissed  = errors.New("41: dismissed by the server, official clients would stay away")
	ErrEnded      = errors.New("the server closed the transport")
	ErrSilent     = errors.New("nothing heard for longer than the heartbeat allows")
	ErrNotJoined  = errors.New("not connected")
	errUnexpected = errors.New("unexpected packet")
)

// StatusError is an answer other than 200.
type StatusError struct {
	What   string // the request
	Status int
	Body   string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s: status %d: %.200s", e.What, e.Status, e.Body)
}

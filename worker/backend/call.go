package backend

import (
	"context"
	"errors"
)

// Kind is what the application is told.
type Kind uint8

// The kinds of calls.
const (
	Connect Kind = iota
	Event
	Disconnect
	kinds
)

// String is the kind's word, in subjects, headers and metrics.
func (k Kind) String() string { return [...]string{"connect", "event", "disconnect"}[k] }

// Kinds are all, in the order of [Stats].
var Kinds = [...]Kind{Connect, Event, Disconnect}

// Call is one thing that the application is told.
type Call struct {
	Kind Kind
	// Key is the call's own, in the whole cluster and for good, whoever makes it
	// and however often: letters, digits and -_.:/#
	Key       string
	Namespace string
	Event     string // its name, for an Event
	Body      []byte // JSON, of package contract
}

// Caller reaches the application. Its methods may be called from any goroutine
// but a loop's.
type Caller interface {
	// Call tells the application, and returns its answer before ctx ends, or an
	// error: ErrAbsent, ErrCrowded, ErrTooLarge and ctx's own are told apart by
	// errors.Is.
	// It may try again only what is certain not to have been heard. The answer
	// is the caller's to keep.
	Call(ctx context.Context, c *Call) (answer []byte, err error)
	// Close ends what is under way, and frees what the Caller holds.
	Close() error
}

var (
	// ErrAbsent: there is nobody to hear the call, and nobody has.
	ErrAbsent = errors.New("no application is there")
	// ErrTooLarge: the call, or its answer, is larger than can be carried.
	ErrTooLarge = errors.New("larger than can be carried")
	// ErrCrowded: other calls had all the places, and nobody has heard this one.
	ErrCrowded = errors.New("too many calls wait for the application")
)

// badAnswer is an answer that is none.
type badAnswer struct{ err error }

func (b *badAnswer) Error() string { return "the application's answer: " + b.err.Error() }
func (b *badAnswer) Unwrap() error { return b.err }

package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

// EventError is what a handler made by [Answer] returns to tell the client why
// it has no answer. Any other error stays on the server.
type EventError struct {
	Code    string `json:"code"` // for the client's program
	Message string `json:"message"`

	cause error // not for the client
}

func (e *EventError) Error() string {
	if e.cause != nil {
		return e.Message + ": " + e.cause.Error()
	}
	return e.Message
}

// Unwrap returns what was wrong with an argument.
func (e *EventError) Unwrap() error { return e.cause }

// The codes of errors that handlers have not chosen themselves.
const (
	CodeInvalidArgument = "invalid_argument" // the event's argument is missing, or of another type
	CodeInternal        = "internal"
)

// Handle makes a handler of [Namespace.On] out of a function that takes the
// event's first argument, decoded as [Event.Decode] does; further arguments are
// ignored. With struct{} for T none is looked at. ctx is the socket's, see
// [Socket.Context].
//
// An event that cannot be decoded does not reach f. That, and what f returns,
// goes to the handlers of OnEventError, or to the log where there are none; but
// not that a client is gone, ErrDisconnected or context.Canceled. The event is
// not acknowledged; see [Answer].
func Handle[T any](f func(ctx context.Context, s *Socket, arg T) error) func(*Socket, *Event) {
	return func(s *Socket, e *Event) {
		var arg T
		err := decodeFirst(e, &arg)
		if err == nil {
			err = f(s.Context(), s, arg)
		}
		if err != nil {
			s.failed(e, err)
		}
	}
}

// Answer is Handle for an event that is acknowledged with what f returns. Where
// f returns an error the acknowledgement is {"error":{"code","message"}}: an
// [EventError] as it is; code "invalid_argument" for an argument that cannot be
// decoded; code "internal" and no details for all others, which OnEventError's
// handlers hear of, or else the log. A client that wants no acknowledgement gets
// none.
func Answer[T, R any](f func(ctx context.Context, s *Socket, arg T) (R, error)) func(*Socket, *Event) {
	return func(s *Socket, e *Event) {
		var arg T
		var result R
		err := decodeFirst(e, &arg)
		if err == nil {
			result, err = f(s.Context(), s, arg)
		}
		if err == nil && e.WantsAck() {
			err = e.Ack(result)
		}
		if err != nil {
			s.failed(e, err)
			answerError(e, err)
		}
	}
}

// decodeFirst fills in the event's argument, if one is wanted.
func decodeFirst(e *Event, arg any) error {
	switch arg := arg.(type) {
	case *struct{}:
		return nil
	case **Args:
		*arg = e.Args()
		return nil
	}
	if err := e.Decode(arg); err != nil {
		return &EventError{Code: CodeInvalidArgument, Message: complaint(err), cause: err}
	}
	return nil
}

// complaint is what a client is told of an argument that cannot be decoded:
// nothing of what it is decoded into.
func complaint(err error) string {
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.Is(err, ErrMissing):
		return "the argument is missing"
	case errors.As(err, &wrong) && wrong.Field != "":
		return fmt.Sprintf("%s is of the wrong type: %s", wrong.Field, wrong.Value)
	case errors.As(err, &wrong):
		return "the argument is of the wrong type: " + wrong.Value
	}
	return "the argument is not understood"
}

// answerError acknowledges with the error, unless the event is acknowledged or
// nobody is there to hear.
func answerError(e *Event, err error) {
	var told *EventError
	if !errors.As(err, &told) {
		told = &EventError{Code: CodeInternal, Message: "internal error"}
	}
	_ = e.Ack(map[string]*EventError{"error": told}) // it fails for these two reasons only
}

// failed tells the application of an error that a handler has returned, unless
// it is only that the client has gone.
func (s *Socket) failed(e *Event, err error) {
	if !s.Connected() && (errors.Is(err, ErrDisconnected) || errors.Is(err, context.Canceled)) || s.eventFailed(e, err) {
		return
	}
	level := slog.LevelError
	if told := (*EventError)(nil); errors.As(err, &told) {
		level = slog.LevelDebug // the client's to see to
	}
	s.ns.server.logger.Log(context.Background(), level, "a handler has failed",
		s.client.who(), "namespace", s.ns.name, "event", e.Name(), "error", err)
}

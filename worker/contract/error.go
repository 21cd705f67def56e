package contract

import (
	"fmt"
	"strings"
)

// Error is why something is refused: a word that programs can rely on, and a
// sentence for people.
type Error struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Message }

// Failure is the body of an answer that is an error.
type Failure struct {
	Error *Error `json:"error"`
}

// The codes of errors.
const (
	BadJSON          = "invalid_json"
	UnknownField     = "unknown_field"
	DuplicateField   = "duplicate_field"
	MissingField     = "missing_field"
	WrongType        = "wrong_type"
	InvalidValue     = "invalid_value"
	TooLarge         = "too_large"
	TooManyRooms     = "too_many_rooms"
	UnknownNamespace = "unknown_namespace"
	UnknownSocket    = "unknown_socket"
	ReservedEvent    = "reserved_event"
	UnknownCommand   = "unknown_command"
	BadSubject       = "bad_subject"
	TooManyRequests  = "too_many_requests"
	Unanswered       = "unanswered" // a worker that had to has not; again later
	Stopping         = "stopping"
	Internal         = "internal"
)

func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// shownBytes is how much of what was sent an error repeats.
const shownBytes = 64

// Show quotes what was sent, briefly.
func Show[T string | []byte](b T) string {
	s := string(b)
	if len(s) > shownBytes {
		s = s[:shownBytes] + "..."
	}
	return fmt.Sprintf("%q", strings.ToValidUTF8(s, "?"))
}

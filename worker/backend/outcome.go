package backend

import (
	"context"
	"errors"
)

// outcome is how a call ended.
type outcome uint8

const (
	answered outcome = iota
	refused          // a connect's answer too
	timedOut
	absent
	overloaded
	malformed
	tooLarge
	failed
	outcomes
)

// Outcomes are the words for them, in the order of [Stats].
var Outcomes = [...]string{"answered", "refused", "timeout", "absent", "overloaded", "malformed", "too_large", "failed"}

// outcomeOf tells why a call has no answer that is one.
func outcomeOf(err error) outcome {
	var bad *badAnswer
	switch {
	case err == nil:
		return answered
	case errors.Is(err, ErrCrowded):
		return overloaded
	case errors.Is(err, ErrAbsent):
		return absent
	case errors.Is(err, context.DeadlineExceeded):
		return timedOut
	case errors.As(err, &bad):
		return malformed
	case errors.Is(err, ErrTooLarge):
		return tooLarge
	}
	return failed
}

// reached reports whether the application may have heard of a call that ended so.
func (o outcome) reached() bool { return o != absent && o != overloaded && o != tooLarge }

// later reports whether the same call may be heard at another time, and has not
// been.
func (o outcome) later() bool { return o == absent || o == overloaded }

// Trouble is what a client is told where the application's answer should be: the
// only argument of an acknowledgement, or the data of a CONNECT_ERROR.
type Trouble struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// troubles are what clients are told. None says anything of the application's
// inside.
var troubles = [outcomes]Trouble{
	timedOut:   {"backend_timeout", "the application has not answered in time"},
	absent:     {"backend_absent", "the application is not there"},
	overloaded: {"backend_overloaded", "too much waits for the application"},
	malformed:  {"backend_error", "the application's answer could not be understood"},
	tooLarge:   {"too_large", "the event or its answer is too large"},
	failed:     {"backend_error", "the application has failed"},
}

// acknowledgement is the argument that stands for an answer.
type acknowledgement struct {
	Error Trouble `json:"error"`
}

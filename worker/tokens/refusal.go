package tokens

import "github.com/ioserver/ioserver/worker/socketio"

// Code tells a client's program why its token was refused.
type Code string

// The codes, as data.code of CONNECT_ERROR and error.code of a refused Refresh.
const (
	Missing   Code = "token_missing"    // there is none: log in
	Malformed Code = "token_malformed"  // it is no token, or says what cannot be: a defect of whoever made it
	TooOld    Code = "token_expired"    // get a new one, and connect again
	TooEarly  Code = "token_not_yet"    // its time has not begun: one of the clocks is wrong
	Refused   Code = "token_refused"    // not signed by a key, or not for this server: log in again
	Another   Code = "token_of_another" // a refresh by another user's token
)

// Codes are all of them, in the order in which Stats counts them.
var Codes = [...]Code{Missing, Malformed, TooOld, TooEarly, Refused, Another}

var messages = map[Code]string{
	Missing:   "a token is needed: auth.token",
	Malformed: "the token is malformed",
	TooOld:    "the token has expired",
	TooEarly:  "the token is not valid yet",
	Refused:   "the token is not accepted",
	Another:   "the token is another user's",
}

// Refusal is why a token is not taken. Its text is for the log; clients are told the code and its message alone.
type Refusal struct {
	Code Code
	why  error
}

func refuse(c Code, why error) *Refusal { return &Refusal{Code: c, why: why} }

// Error is the code's message, and what was wrong.
func (r *Refusal) Error() string {
	if r.why == nil {
		return messages[r.Code]
	}
	return messages[r.Code] + ": " + r.why.Error()
}

// Unwrap is what was wrong.
func (r *Refusal) Unwrap() error { return r.why }

// told is what a client hears.
func (r *Refusal) told() answer { return answer{Code: r.Code, Message: messages[r.Code]} }

type answer struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

func (r *Refusal) connectError() error {
	return &socketio.ConnectError{Message: messages[r.Code], Data: r.told()}
}

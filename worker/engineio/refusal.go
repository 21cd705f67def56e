package engineio

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/valyala/fasthttp"
)

// RequestError is why a request was refused: the reference's code and message,
// and, for the hook and the log, what was wrong with it.
type RequestError struct {
	Code    int
	Message string
	Detail  string
}

// The reference's codes.
const (
	UnknownTransport           = 0
	UnknownSID                 = 1
	BadHandshakeMethod         = 2
	BadRequest                 = 3
	Forbidden                  = 4
	UnsupportedProtocolVersion = 5
)

// RefusalCodes is how many codes there are, from 0 on.
const RefusalCodes = len(refusals)

// RefusalMessage is the reference's message of a code.
func RefusalMessage(code int) string { return refusals[code] }

var refusals = [...]string{
	"Transport unknown",
	"Session ID unknown",
	"Bad handshake method",
	"Bad request",
	"Forbidden",
	"Unsupported protocol version",
}

func refuse(code int, detail string) *RequestError {
	return &RequestError{Code: code, Message: refusals[code], Detail: detail}
}

func (e *RequestError) Error() string {
	return fmt.Sprintf("%s (code %d): %s", e.Message, e.Code, e.Detail)
}

// answer is the reference's to a refused HTTP request.
func (e *RequestError) answer() *Answer {
	body := fmt.Appendf(nil, `{"code":%d,"message":%s}`, e.Code, quoted(e.Message))
	status := fasthttp.StatusBadRequest
	if e.Code == Forbidden {
		status = fasthttp.StatusForbidden
	}
	return &Answer{Status: status, ContentType: "application/json", Body: body}
}

// quoted is a JSON string. Unlike json.Marshal's it leaves <, > and & alone, as
// the reference does.
func quoted(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string and a buffer: it cannot fail
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// refuseUpgrade is the reference's answer to a refused WebSocket.
func (e *RequestError) refuseUpgrade(ctx *fasthttp.RequestCtx) {
	ctx.Response.ResetBody()
	ctx.SetStatusCode(fasthttp.StatusBadRequest)
	ctx.SetContentType("text/html")
	ctx.SetConnectionClose()
	ctx.SetBodyString(e.Message)
}

// SessionUnknown is the answer to a request for a session that is gone.
func SessionUnknown() *Answer {
	err := refuse(UnknownSID, "the session's worker is gone")
	a := err.answer()
	a.Refusal = err
	return a
}

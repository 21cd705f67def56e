package socketio

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/ioserver/ioserver/protocol/sio"
)

// raw appends JSON as it is, once it has been checked: a client gets what this
// lets through, and closes its connection over text that is not UTF-8.
func (e *encoder) raw(v json.RawMessage) error {
	if v == nil {
		e.buf = append(e.buf, "null"...)
		return nil
	}
	// Between brackets it is an array of one element, which the protocol's own
	// scanner checks far faster than encoding/json does, in the nesting that it
	// allows. The opening one stands for what is before: there is always
	// something.
	at := len(e.buf) - 1
	before := e.buf[at]
	e.buf[at] = '['
	e.buf = append(append(e.buf, v...), ']')
	var room [1][]byte
	elements, err := sio.Elements(e.buf[at:], room[:0])
	e.buf[at] = before
	e.buf = e.buf[:len(e.buf)-1]
	if err != nil || len(elements) != 1 || !utf8.Valid(v) {
		return ErrInvalidJSON
	}
	return nil
}

package socketio

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/ioserver/ioserver/protocol/sio"
)

// Args are the arguments of an event or of an acknowledgement as they travel:
// nothing is decoded until it is asked for. They are plain data, not to be
// changed once made.
//
// An *Args among the arguments of an Emit or Ack stands for all it holds, so
// that an event is passed on without being decoded.
type Args struct {
	// JSON is an array. Binary in it is {"_placeholder":true,"num":i}, where i
	// is an index into Attachments. nil is the empty array.
	JSON json.RawMessage
	// Attachments are the binary parts.
	Attachments [][]byte

	checked bool // JSON is known to be a valid array: it came through the codec
}

// Split returns the arguments one by one, each raw JSON.
func (a *Args) Split() ([]json.RawMessage, error) {
	elements, err := a.elements(nil)
	if err != nil {
		return nil, err
	}
	out := make([]json.RawMessage, len(elements))
	for i, e := range elements {
		out[i] = e
	}
	return out, nil
}

func (a *Args) elements(dst [][]byte) ([][]byte, error) {
	if a.JSON == nil {
		return dst, nil
	}
	dst, err := sio.Elements(a.JSON, dst)
	if err != nil || !a.checked && !utf8.Valid(a.JSON) {
		return nil, fmt.Errorf("arguments: %w", ErrInvalidJSON)
	}
	return dst, nil
}

// Decode decodes the leading arguments into the values that targets point to,
// as encoding/json does; a nil target skips its argument. Binary arrives in a
// []byte, be it the argument itself or deep in a struct, map or slice; where
// the target is an any, a map[string]any or a []any, binary within becomes
// []byte. Fewer arguments than targets are ErrMissing; more are ignored.
func (a *Args) Decode(targets ...any) error {
	var room [8][]byte
	elements, err := a.elements(room[:0])
	if err != nil {
		return err
	}
	if len(elements) < len(targets) {
		return fmt.Errorf("%w: %d of %d", ErrMissing, len(elements), len(targets))
	}
	for i, t := range targets {
		if t == nil {
			continue
		}
		if err := a.decode(elements[i], t); err != nil {
			return fmt.Errorf("argument %d: %w", i, err)
		}
	}
	return nil
}

func (a *Args) decode(element []byte, target any) error {
	if len(a.Attachments) == 0 {
		return json.Unmarshal(element, target)
	}
	switch t := target.(type) {
	case *json.RawMessage:
		*t = element
		return nil
	case *[]byte:
		if n, ok := sio.Placeholder(element); ok && n < len(a.Attachments) {
			*t = a.Attachments[n]
			return nil
		}
	case *any:
		return revive(element, t, a.Attachments)
	case *map[string]any:
		return revive(element, t, a.Attachments)
	case *[]any:
		return revive(element, t, a.Attachments)
	}
	// Bytes become base64 here, from which encoding/json fills a []byte.
	v, err := untyped(element, a.Attachments)
	if err != nil {
		return err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, target)
}

// args appends the elements of a. They are copied as they are, unless the
// packet has attachments before them, after which theirs have other numbers.
func (e *encoder) args(a *Args) error {
	again := len(e.attachments) > 0 && len(a.Attachments) > 0
	if a.checked && !again {
		e.verbatim(a)
		return nil
	}
	var room [8][]byte
	elements, err := a.elements(room[:0])
	if err != nil {
		return err
	}
	if n := len(a.Attachments); n > 0 && !a.checked {
		if err := sio.Placeholders(a.JSON, n); err != nil {
			return err
		}
	}
	for _, el := range elements {
		e.comma()
		if !again {
			e.buf = append(e.buf, el...)
			continue
		}
		v, err := untyped(el, a.Attachments)
		if err != nil {
			return err
		}
		if err := e.value(v); err != nil {
			return err
		}
	}
	if !again {
		e.attachments = append(e.attachments, a.Attachments...)
	}
	return nil
}

// verbatim is args for an array that is known to be one, where nothing in it
// changes.
func (e *encoder) verbatim(a *Args) {
	inside := bytes.TrimSpace(a.JSON)
	if len(inside) > 0 {
		inside = bytes.TrimSpace(inside[1 : len(inside)-1])
	}
	if len(inside) == 0 {
		return
	}
	e.comma()
	e.buf = append(e.buf, inside...)
	e.attachments = append(e.attachments, a.Attachments...)
}

package contract

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ioserver/ioserver/worker/socketio"
)

// marker names the one member of an object that stands for binary. A member
// that is to have this name gets another dollar, and so on.
const marker = "$binary"

const (
	// maxDepth bounds the nesting of arguments, their array included.
	maxDepth = 1000
	// maxBinary bounds the binary values of one event, as between workers.
	maxBinary = 1000
)

var base64Strict = base64.StdEncoding.Strict()

// isMarker reports whether a member's name is one or more dollars and "binary".
func isMarker(name string) bool {
	dollars := len(name) - len(marker) + 1
	return dollars > 0 && strings.HasSuffix(name, marker) && strings.Count(name[:dollars], "$") == dollars
}

// DecodeArgs makes the arguments of an event of a JSON array: each object
// {"$binary":"<base64>"} in it, at any depth, becomes binary (RFC 4648, with
// padding). A member named $$binary loses a dollar, and so does one with more.
// field is for the error. It is what [EncodeArgs] undoes. raw is nil for no
// arguments; else the result may share its bytes.
func DecodeArgs(field string, raw json.RawMessage) (*socketio.Args, *Error) {
	if raw == nil {
		return &socketio.Args{}, nil
	}
	switch {
	case !utf8.Valid(raw):
		return nil, refuse(BadJSON, "field %q is not UTF-8", field)
	case !json.Valid(raw):
		return nil, refuse(BadJSON, "field %q is not JSON: %s", field, syntax(raw))
	}
	raw = bytes.TrimSpace(raw)
	if raw[0] != '[' {
		return nil, wrongType(field, raw, "an array")
	}
	return decodeArgs(field, raw)
}

// decodeArgs is DecodeArgs of what is known to be an array.
func decodeArgs(field string, raw []byte) (*socketio.Args, *Error) {
	if nested(raw) > maxDepth {
		return nil, refuse(InvalidValue, "field %q is nested deeper than %d levels", field, maxDepth)
	}
	if bytes.IndexByte(raw, '$') < 0 && !bytes.Contains(raw, []byte(`\u0024`)) {
		return &socketio.Args{JSON: raw}, nil
	}
	d := decoder{field: field, in: raw, out: make([]byte, 0, len(raw))}
	if err := d.run(); err != nil {
		return nil, err
	}
	return &socketio.Args{JSON: d.out, Attachments: d.binary}, nil
}

// decoder copies JSON that is known to be valid, but for markers.
type decoder struct {
	field       string
	in, out     []byte
	binary      [][]byte
	placeholder bool // there is an object that would be taken for binary
}

func (d *decoder) run() *Error {
	for i, from := 0, 0; ; {
		if i == len(d.in) {
			d.out = append(d.out, d.in[from:]...)
			break
		}
		if d.in[i] != '"' {
			i++
			continue
		}
		end := behindString(d.in, i)
		colon := blank(d.in, end)
		if colon == len(d.in) || d.in[colon] != ':' {
			i = end
			continue
		}
		name := text(d.in[i:end])
		switch {
		case name == "_placeholder":
			d.placeholder = d.placeholder || d.in[blank(d.in, colon+1)] == 't'
		case name == marker:
			open := bytes.LastIndexByte(d.in[from:i], '{') + from
			behind, err := d.marked(from, open, i, blank(d.in, colon+1))
			if err != nil {
				return err
			}
			i, from = behind, behind
			continue
		case isMarker(name):
			d.out = append(d.out, d.in[from:i]...)
			d.out = append(append(append(d.out, '"'), name[1:]...), '"')
			from = end
		}
		i = end
	}
	if d.placeholder && len(d.binary) > 0 {
		return refuse(InvalidValue, `field %q holds an object with "_placeholder" beside binary: Socket.IO would take it for binary`, d.field)
	}
	return nil
}

// marked takes the binary of the object that opens at open and whose first
// member has its name at key and its value at i; the rest of what is before is
// to be copied from from. It returns the index behind the object.
func (d *decoder) marked(from, open, key, i int) (int, *Error) {
	if open < from || blank(d.in, open+1) != key {
		return 0, d.notAlone()
	}
	if d.in[i] != '"' {
		return 0, refuse(WrongType, "field %q holds a %q that is %s: base64 in a string is wanted; a member of that name is written %q", d.field, marker, kind(d.in[i:]), "$"+marker)
	}
	end := behindString(d.in, i)
	behind := blank(d.in, end)
	if d.in[behind] != '}' {
		return 0, d.notAlone()
	}
	coded := text(d.in[i:end])
	b, err := base64Strict.DecodeString(coded)
	if err != nil || strings.ContainsAny(coded, "\r\n") {
		return 0, refuse(InvalidValue, "field %q holds a %q that is not base64 with padding: %s", d.field, marker, Show(coded))
	}
	if len(d.binary) == maxBinary {
		return 0, refuse(InvalidValue, "field %q holds more than %d binary values", d.field, maxBinary)
	}
	d.out = append(d.out, d.in[from:open]...)
	d.out = appendPlaceholder(d.out, len(d.binary))
	d.binary = append(d.binary, b)
	return behind + 1, nil
}

func (d *decoder) notAlone() *Error {
	return refuse(InvalidValue, "field %q holds a %q that is not alone in its object; a member of that name is written %q", d.field, marker, "$"+marker)
}

func appendPlaceholder(dst []byte, n int) []byte {
	return append(strconv.AppendInt(append(dst, `{"_placeholder":true,"num":`...), int64(n), 10), '}')
}

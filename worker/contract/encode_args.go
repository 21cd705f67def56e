package contract

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"github.com/ioserver/ioserver/worker/socketio"
)

// EncodeArgs writes arguments as one JSON array, in which binary is
// {"$binary":"<base64>"} and the name of a member that is $binary already, or
// has more dollars, gets another one. A client may refer to one attachment many
// times: what would take more than most bytes is refused.
func EncodeArgs(a *socketio.Args, most int) (json.RawMessage, *Error) {
	if len(a.JSON) == 0 {
		return json.RawMessage("[]"), nil
	}
	e := encoder{in: a.JSON, out: make([]byte, 0, len(a.JSON)), binary: a.Attachments, most: most}
	if !e.run() {
		return nil, refuse(TooLarge, "the arguments take more than %d bytes", most)
	}
	return e.out, nil
}

// encoder copies the arguments of a packet that has been checked, but for
// placeholders.
type encoder struct {
	in, out []byte
	binary  [][]byte
	most    int
	open    []object
}

// object is one that has been begun: what its members say so far.
type object struct {
	start  int // in out
	marked bool
	num    int // -1: none
}

// run is false where the result would be too long.
func (e *encoder) run() bool {
	for i := 0; i < len(e.in); {
		if len(e.out) > e.most {
			return false
		}
		switch c := e.in[i]; c {
		case '"':
			i = e.str(i)
			continue
		case '{':
			e.open = append(e.open, object{start: len(e.out), num: -1})
			e.out = append(e.out, c)
		case '}':
			e.out = append(e.out, c)
			if !e.close() {
				return false
			}
		default:
			e.out = append(e.out, c)
		}
		i++
	}
	return len(e.out) <= e.most
}

// str copies a string, which may be a member's name, and returns the index
// behind it.
func (e *encoder) str(i int) int {
	end := behindString(e.in, i)
	colon := blank(e.in, end)
	if colon == len(e.in) || e.in[colon] != ':' {
		e.out = append(e.out, e.in[i:end]...)
		return end
	}
	name := text(e.in[i:end])
	if isMarker(name) {
		e.out = append(append(append(e.out, `"$`...), name...), '"')
		return end
	}
	e.out = append(e.out, e.in[i:end]...)
	o, v := &e.open[len(e.open)-1], blank(e.in, colon+1)
	switch name { // of names that come twice the last counts, as in JSON.parse
	case "_placeholder":
		o.marked = e.in[v] == 't'
	case "num":
		o.num = index(e.in[v:value(e.in, v)])
	}
	return end
}

// close ends an object, which may have been a placeholder.
func (e *encoder) close() bool {
	o := e.open[len(e.open)-1]
	e.open = e.open[:len(e.open)-1]
	if !o.marked || o.num < 0 || o.num >= len(e.binary) {
		return true
	}
	b := e.binary[o.num]
	if o.start+len(b) > e.most {
		return false
	}
	e.out = append(e.out[:o.start], `{"`+marker+`":"`...)
	e.out = base64.StdEncoding.AppendEncode(e.out, b)
	e.out = append(e.out, `"}`...)
	return true
}

func index(number []byte) int {
	n, err := strconv.Atoi(string(number))
	if err != nil {
		return -1
	}
	return n
}

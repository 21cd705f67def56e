package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// members calls f for each member of the JSON object b, in order, with its name
// and its value as they are written. It refuses what is no JSON, no object, or
// has a name twice. The name is valid during the call.
func members(b []byte, f func(name string, value []byte) *Error) *Error {
	if !utf8.Valid(b) {
		return refuse(BadJSON, "the body is not UTF-8")
	}
	if !json.Valid(b) {
		return refuse(BadJSON, "the body is not JSON: %s", syntax(b))
	}
	i := blank(b, 0)
	if b[i] != '{' {
		return refuse(WrongType, "the body is %s: an object is wanted", kind(b[i:]))
	}
	return objectMembers(b[i:], f)
}

// objectMembers is members of what is known to be an object.
func objectMembers(b []byte, f func(name string, value []byte) *Error) *Error {
	var room [12]string // for as many as a command has: not on the heap
	seen := room[:0]
	for i := blank(b, 1); b[i] != '}'; {
		end := value(b, i)
		name := text(b[i:end])
		for _, s := range seen {
			if s == name {
				return refuse(DuplicateField, "field %s is there twice", Show(name))
			}
		}
		seen = append(seen, name)
		i = blank(b, blank(b, end)+1) // behind the colon
		end = value(b, i)
		if r := f(name, b[i:end]); r != nil {
			return r
		}
		if i = blank(b, end); b[i] == ',' {
			i = blank(b, i+1)
		}
	}
	return nil
}

// elements calls f for each element of the JSON array b.
func elements(b []byte, f func(value []byte) *Error) *Error {
	for i := blank(b, 1); b[i] != ']'; {
		end := value(b, i)
		if r := f(b[i:end]); r != nil {
			return r
		}
		if i = blank(b, end); b[i] == ',' {
			i = blank(b, i+1)
		}
	}
	return nil
}

// What follows reads JSON that is known to be valid.

// blank is the index behind white space.
func blank(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// value is the index behind the value that begins at i.
func value(b []byte, i int) int {
	for depth := 0; i < len(b); {
		switch b[i] {
		case '"':
			i = behindString(b, i)
			if depth == 0 {
				return i
			}
		case '{', '[':
			depth++
			i++
		case '}', ']':
			if depth--; depth < 0 {
				return i // a number or word was the last of what surrounds it
			}
			if i++; depth == 0 {
				return i
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
			i++
		default:
			i++
		}
	}
	return i
}

// nested is how deep arrays and objects lie in each other, or 0 where there are
// too few bytes for more than is allowed.
func nested(b []byte) (deepest int) {
	if len(b) <= 2*maxDepth {
		return 0
	}
	for i, depth := 0, 0; i < len(b); {
		switch b[i] {
		case '"':
			i = behindString(b, i)
			continue
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		}
		i++
	}
	return deepest
}

func behindString(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// text is what a JSON string says.
func text(b []byte) string {
	plain := b[1 : len(b)-1]
	for _, c := range plain {
		if c == '\\' {
			var s string
			_ = json.Unmarshal(b, &s) // valid
			return s
		}
	}
	return string(plain)
}

// kind names a value's type.
func kind(b []byte) string {
	switch b[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// syntax says what is wrong with JSON.
func syntax(b []byte) string {
	var v any
	err := json.Unmarshal(b, &v)
	var at *json.SyntaxError
	if errors.As(err, &at) {
		return fmt.Sprintf("%v, at byte %d", err, at.Offset)
	}
	return "malformed"
}

func wrongType(field string, v []byte, wanted string) *Error {
	return refuse(WrongType, "field %s is %s: %s is wanted", Show(field), kind(v), wanted)
}

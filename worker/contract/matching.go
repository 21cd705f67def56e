package contract

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// membersOf is a JSON object of which another one may be asked whether it has
// them.
func membersOf(field string, v []byte) (map[string]any, *Error) {
	if v[0] != '{' {
		return nil, wrongType(field, v, "an object")
	}
	if nested(v) > maxDepth {
		return nil, refuse(InvalidValue, "field %q is nested deeper than %d levels", field, maxDepth)
	}
	var all map[string]any
	if err := json.Unmarshal(v, &all); err != nil {
		return nil, refuse(InvalidValue, "field %q: %v", field, err) // a number beyond all numbers
	}
	value, _ := valueOf(v)
	members, _ := value.(map[string]any)
	return members, nil
}

// valueOf reads JSON, with numbers as they are written: ids may have more digits
// than a float64.
func valueOf(raw []byte) (v any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return v, d.Decode(&v) == nil
}

// has reports whether a value is an object that has all these members, and in
// those that are objects in turn theirs. Other values are the same or they are
// not.
func has(value any, members map[string]any) bool {
	object, ok := value.(map[string]any)
	if !ok {
		return false
	}
	for name, want := range members {
		got, there := object[name]
		if !there {
			return false
		}
		if inner, ok := want.(map[string]any); ok {
			if !has(got, inner) {
				return false
			}
		} else if !same(got, want) {
			return false
		}
	}
	return true
}

func same(a, b any) bool {
	switch b := b.(type) {
	case json.Number:
		a, ok := a.(json.Number)
		return ok && sameNumber(string(a), string(b))
	case []any:
		a, ok := a.([]any)
		return ok && slices.EqualFunc(a, b, same)
	case map[string]any:
		a, ok := a.(map[string]any)
		return ok && maps.EqualFunc(a, b, same)
	}
	return a == b // neither is a list or an object where b is none
}

// sameNumber has 1 and 1.0 be the same, and two long integers only if all their
// digits are.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil || x != y {
		return false
	}
	return math.Abs(x) < 1<<53 || strings.ContainsAny(a+b, ".eE")
}

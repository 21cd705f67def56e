package contract

import (
	"encoding/json"
	"reflect"
)

// membersOf is a JSON object as [encoding/json] reads it, of which another one
// may be asked whether it has them.
func membersOf(field string, v []byte) (map[string]any, *Error) {
	if v[0] != '{' {
		return nil, wrongType(field, v, "an object")
	}
	if nested(v) > maxDepth {
		return nil, refuse(InvalidValue, "field %q is nested deeper than %d levels", field, maxDepth)
	}
	members := map[string]any{}
	if err := json.Unmarshal(v, &members); err != nil {
		return nil, refuse(InvalidValue, "field %q: %v", field, err) // a number beyond all numbers
	}
	return members, nil
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
		} else if !reflect.DeepEqual(got, want) {
			return false
		}
	}
	return true
}

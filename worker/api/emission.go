package api

import "strings"

// socketio's bounds: on the name of a room that a client may join, and on the
// nesting of what travels between workers, the array of the arguments included.
const (
	maxRoomName = 1024
	maxDepth    = 1000
)

// parse reads the body of a request and checks what can be checked without the
// server.
func (e *emission) parse(body []byte) *refusal {
	e.namespace = "/"
	named := false
	r := members(body, func(name string, v []byte) (r *refusal) {
		switch name {
		case "namespace":
			e.namespace, r = stringOf(name, v)
		case "event":
			named = true
			e.event, r = stringOf(name, v)
		case "args":
			e.args, r = v, want(name, v, '[', "an array")
			if r == nil && nested(v) > maxDepth {
				r = bad("invalid_value", `field "args" is nested deeper than %d levels`, maxDepth)
			}
		case "rooms":
			e.rooms, r = names(name, v)
			if r == nil && len(e.rooms) == 0 {
				r = bad("invalid_value", `field "rooms" is empty: nobody would hear the event; leave the field out to reach everybody`)
			}
		case "except":
			e.except, r = names(name, v)
		case "volatile":
			e.volatile = v[0] == 't'
			if v[0] != 't' && v[0] != 'f' {
				r = wrongType(name, v, "a boolean")
			}
		default:
			r = bad("unknown_field", "field %s is unknown: namespace, event, args, rooms, except and volatile are known", show(name))
		}
		return r
	})
	switch {
	case r != nil:
		return r
	case !named:
		return bad("missing_field", `field "event" is missing`)
	case e.event == "":
		return bad("invalid_value", `field "event" is empty`)
	case !strings.HasPrefix(e.namespace, "/"):
		return bad("invalid_value", `field "namespace" is %s: it begins with a slash`, show(e.namespace))
	}
	return nil
}

func wrongType(name string, v []byte, wanted string) *refusal {
	return bad("wrong_type", "field %s is %s: %s is wanted", show(name), kind(v), wanted)
}

func want(name string, v []byte, first byte, wanted string) *refusal {
	if v[0] != first {
		return wrongType(name, v, wanted)
	}
	return nil
}

func stringOf(name string, v []byte) (string, *refusal) {
	if r := want(name, v, '"', "a string"); r != nil {
		return "", r
	}
	return text(v), nil
}

// names are the rooms of an array.
func names(field string, v []byte) (rooms []string, r *refusal) {
	if r = want(field, v, '[', "an array of strings"); r != nil {
		return nil, r
	}
	r = elements(v, func(v []byte) *refusal {
		if v[0] != '"' {
			return bad("wrong_type", "field %s holds %s: strings are wanted", show(field), kind(v))
		}
		if len(rooms) == maxRooms {
			return tooManyRooms(field)
		}
		room := text(v)
		if room == "" || len(room) > maxRoomName {
			return bad("invalid_value", "field %s: the name of a room has 1 to %d bytes, not %d", show(field), maxRoomName, len(room))
		}
		rooms = append(rooms, room)
		return nil
	})
	return rooms, r
}

func tooManyRooms(field string) *refusal {
	return bad("too_many_rooms", "field %q: at most %d rooms can be named", field, maxRooms)
}

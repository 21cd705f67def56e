package contract

import (
	"strconv"
	"strings"

	"github.com/ioserver/ioserver/worker/socketio"
)

const (
	// MaxRooms bounds the rooms, and likewise the exceptions, of one command, as
	// socketio.Limits does between workers.
	MaxRooms = 10_000
	// MaxRoomName is socketio's bound on the name of a room that a client may
	// join.
	MaxRoomName = 1024
)

func stringOf(field string, v []byte) (string, *Error) {
	if v[0] != '"' {
		return "", wrongType(field, v, "a string")
	}
	return text(v), nil
}

func boolOf(field string, v []byte) (bool, *Error) {
	if v[0] != 't' && v[0] != 'f' {
		return false, wrongType(field, v, "a boolean")
	}
	return v[0] == 't', nil
}

// numberOf is an integer from least to most.
func numberOf(field string, v []byte, least, most int) (int, *Error) {
	if kind(v) != "a number" {
		return 0, wrongType(field, v, "a number")
	}
	n, err := strconv.Atoi(string(v))
	if err != nil || n < least || n > most {
		return 0, refuse(InvalidValue, "field %s is %s: an integer from %d to %d is wanted", Show(field), briefly(v), least, most)
	}
	return n, nil
}

// namesOf are the rooms of an array.
func namesOf(field string, v []byte) (rooms []string, err *Error) {
	if v[0] != '[' {
		return nil, wrongType(field, v, "an array of strings")
	}
	err = elements(v, func(v []byte) *Error {
		if v[0] != '"' {
			return refuse(WrongType, "field %s holds %s: strings are wanted", Show(field), kind(v))
		}
		if len(rooms) == MaxRooms {
			return tooManyRooms(Show(field))
		}
		room := text(v)
		if room == "" || len(room) > MaxRoomName {
			return refuse(InvalidValue, "field %s: the name of a room has 1 to %d bytes, not %d", Show(field), MaxRoomName, len(room))
		}
		rooms = append(rooms, room)
		return nil
	})
	return rooms, err
}

func tooManyRooms(fields string) *Error {
	return refuse(TooManyRooms, "field %s: at most %d rooms can be named", fields, MaxRooms)
}

// objectOf takes the members of an object that is a field.
func objectOf(field string, v []byte, f func(name string, v []byte) *Error) *Error {
	if v[0] != '{' {
		return wrongType(field, v, "an object")
	}
	return objectMembers(v, f)
}

func unknown(field, known string) *Error {
	return refuse(UnknownField, "field %s is unknown: %s", Show(field), known)
}

func missing(field string) *Error {
	return refuse(MissingField, "field %q is missing", field)
}

func briefly(v []byte) string { return strings.Trim(Show(v), `"`) }

func argsOf(field string, v []byte) (*socketio.Args, *Error) {
	if v[0] != '[' {
		return nil, wrongType(field, v, "an array")
	}
	return decodeArgs(field, v)
}

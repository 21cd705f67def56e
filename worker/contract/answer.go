package contract

import "encoding/json"

// ParseConnectAnswer reads what the application answers a [Connect]. It is
// strict: exactly one of allow and refuse, and no field that it does not know.
func ParseConnectAnswer(raw []byte) (*ConnectAnswer, *Error) {
	if r := shallow(raw); r != nil {
		return nil, r
	}
	a := new(ConnectAnswer)
	r := members(raw, func(name string, value []byte) (r *Error) {
		switch name {
		case "allow":
			a.Allow, r = parseAllow(value)
		case "refuse":
			a.Refuse, r = parseRefuse(value)
		default:
			r = unknownField(name)
		}
		return r
	})
	switch {
	case r != nil:
		return nil, r
	case (a.Allow == nil) == (a.Refuse == nil):
		return nil, refuse(MissingField, "exactly one of the fields allow and refuse is wanted")
	}
	return a, nil
}

func parseAllow(raw []byte) (*Allow, *Error) {
	if raw[0] != '{' {
		return nil, wrongType("allow", raw, "an object")
	}
	a := new(Allow)
	return a, members(raw, func(name string, value []byte) (r *Error) {
		switch name {
		case "rooms":
			a.Rooms, r = parseStrings("allow.rooms", value)
		case "data":
			a.Data = json.RawMessage(value)
		default:
			r = unknownField("allow." + name)
		}
		return r
	})
}

func parseRefuse(raw []byte) (*Refuse, *Error) {
	if raw[0] != '{' {
		return nil, wrongType("refuse", raw, "an object")
	}
	a, said := new(Refuse), false
	r := members(raw, func(name string, value []byte) *Error {
		switch name {
		case "message":
			if value[0] != '"' {
				return wrongType("refuse.message", value, "a string")
			}
			a.Message, said = text(value), true
		case "data":
			a.Data = json.RawMessage(value)
		default:
			return unknownField("refuse." + name)
		}
		return nil
	})
	if r == nil && !said {
		r = refuse(MissingField, "field refuse.message is missing")
	}
	return a, r
}

// ParseEventAnswer reads what the application answers an [Event]. Nothing at all
// is an answer without arguments.
func ParseEventAnswer(raw []byte) (*EventAnswer, *Error) {
	a := new(EventAnswer)
	if blank(raw, 0) == len(raw) {
		return a, nil
	}
	if r := shallow(raw); r != nil {
		return nil, r
	}
	r := members(raw, func(name string, value []byte) *Error {
		if name != "args" {
			return unknownField(name)
		}
		if value[0] != '[' {
			return wrongType("args", value, "an array")
		}
		a.Args = json.RawMessage(value)
		return nil
	})
	if r != nil {
		return nil, r
	}
	return a, nil
}

func parseStrings(field string, raw []byte) ([]string, *Error) {
	if raw[0] != '[' {
		return nil, wrongType(field, raw, "an array of strings")
	}
	all := []string{}
	r := elements(raw, func(value []byte) *Error {
		if value[0] != '"' {
			return wrongType(field, value, "a string in it")
		}
		all = append(all, text(value))
		return nil
	})
	return all, r
}

// shallow refuses what lies too deep in itself.
func shallow(raw []byte) *Error {
	if json.Valid(raw) && nested(raw) > maxDepth {
		return refuse(TooLarge, "the body is nested deeper than %d levels", maxDepth)
	}
	return nil
}

func unknownField(name string) *Error {
	return refuse(UnknownField, "there is no field %s", Show(name))
}

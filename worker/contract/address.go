package contract

import "strings"

// Address is what a subject says of its command.
type Address struct {
	Command   string
	Home      string // the only worker that hears it; "": all
	Namespace string // ""; not said
	Room      string // or a socket's id; "": not said

	namespaceHash, roomHash string // tokens of names that are too long for a subject
}

// ParseAddress takes a subject apart, of which the prefix has been taken away:
//
//	[at.<home>.]<command>[.<namespace>[.<room or socket>]]
func ParseAddress(rest string) (Address, *Error) {
	var a Address
	tokens := strings.SplitN(rest, ".", 6) // one more than there may be
	if tokens[0] == "at" && len(tokens) > 2 {
		a.Home = tokens[1]
		tokens = tokens[2:]
	}
	if len(tokens) > 3 {
		return a, refuse(BadSubject, "the subject has more than a command, a namespace and a room: a dot in a name is written %%2E")
	}
	a.Command = tokens[0]
	if _, ok := kinds[a.Command]; !ok {
		return a, refuse(UnknownCommand, "there is no command %s", Show(a.Command))
	}
	if len(tokens) > 1 {
		name, hashed, ok := Name(tokens[1])
		switch {
		case !ok:
			return a, badToken(tokens[1])
		case hashed:
			a.namespaceHash = tokens[1]
		default:
			a.Namespace = "/" + name
		}
	}
	if len(tokens) > 2 {
		name, hashed, ok := Name(tokens[2])
		switch {
		case !ok:
			return a, badToken(tokens[2])
		case hashed:
			a.roomHash = tokens[2]
		case name == "" || len(name) > MaxRoomName:
			return a, refuse(BadSubject, "the name of a room has 1 to %d bytes, not %d", MaxRoomName, len(name))
		default:
			a.Room = name
		}
	}
	return a, nil
}

func badToken(token string) *Error {
	return refuse(BadSubject, "the subject's token %s stands for no name", Show(token))
}

// Parse checks the body of the command that goes to this address. What both say
// has to be the same; of a name that is hashed the body says it.
func (a *Address) Parse(body []byte) (*Command, *Error) {
	if len(body) == 0 && len(kinds[a.Command].need) == 0 {
		body = []byte("{}")
	}
	return parse(a.Command, body, a)
}

func (a *Address) apply(c *Command) *Error {
	if a == nil {
		return nil
	}
	switch {
	case a.namespaceHash != "" && c.Namespace == "":
		return refuse(MissingField, `field "namespace" is missing: the subject holds its hash only`)
	case a.namespaceHash != "" && NamespaceToken(c.Namespace) != a.namespaceHash, a.Namespace != "" && c.Namespace != "" && c.Namespace != a.Namespace:
		return refuse(InvalidValue, `field "namespace" is %s, the subject's is another`, Show(c.Namespace))
	case a.Namespace != "":
		c.Namespace = a.Namespace
	}
	if a.Room == "" && a.roomHash == "" {
		return nil
	}
	if _, ok := kinds[c.Name].take["rooms"]; !ok {
		return refuse(BadSubject, "%s is for no room", c.Name)
	}
	switch {
	case a.roomHash != "" && len(c.Rooms) == 0:
		return refuse(MissingField, `field "rooms" is missing: the subject holds a hash only`)
	case a.roomHash != "" && (len(c.Rooms) > 1 || Token(c.Rooms[0]) != a.roomHash), a.Room != "" && c.Rooms != nil && (len(c.Rooms) > 1 || c.Rooms[0] != a.Room):
		return refuse(InvalidValue, `field "rooms" is not the subject's room`)
	case a.Room != "":
		c.Rooms = []string{a.Room}
	}
	return nil
}

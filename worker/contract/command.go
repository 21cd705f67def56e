package contract

import (
	"strings"
	"time"

	"github.com/ioserver/ioserver/worker/socketio"
)

// The commands.
const (
	EmitCommand           = "emit"
	JoinCommand           = "join"
	LeaveCommand          = "leave"
	DisconnectCommand     = "disconnect"
	SocketsCommand        = "sockets"
	RoomsCommand          = "rooms"
	ServerSideEmitCommand = "server-side-emit"
)

const (
	// longestAck is how long answers may be waited for.
	longestAck = 60 * time.Second
	// pageLimit is how many sockets or rooms an answer has at the most, and
	// pageDefault how many unless it is said.
	pageLimit, pageDefault = 10_000, 1_000
)

// Command is one that has been checked: everything but what only the server
// knows. Which fields mean anything depends on its name.
type Command struct {
	Name          string
	Namespace     string
	Rooms, Except []string // whom it is for; no rooms: all of the namespace
	Socket        string   // the only room, which has to be a socket that is there; or ""

	Event      string
	Args       *socketio.Args
	Volatile   bool
	Plain      bool          // not to be compressed
	AckTimeout time.Duration // 0: no answers are waited for

	Names []string // the rooms to join or to leave
	Close bool     // the clients' connections too

	Limit     int            // of a page
	After     string         // the last of the page before
	Handshake bool           // to be told
	Data      map[string]any // that a socket's data has to have; nil: anything
}

// field takes a field's value.
type field func(*Command, string, []byte) *Error

// kinds are the fields of each command, in the order in which they are told.
var kinds = map[string]struct {
	fields string // for people
	take   map[string]field
	need   []string
}{
	EmitCommand: {"namespace, event, args, rooms, except, socket, volatile, compress and ack are known", map[string]field{
		"namespace": takeNamespace, "event": takeEvent, "args": takeArgs, "rooms": takeRooms, "except": takeExcept, "socket": takeSocket,
		"volatile": takeVolatile, "compress": takeCompress, "ack": takeAck,
	}, []string{"event"}},
	JoinCommand: {"namespace, rooms, except, socket and join are known", map[string]field{
		"namespace": takeNamespace, "rooms": takeRooms, "except": takeExcept, "socket": takeSocket, "join": takeNames,
	}, []string{"join"}},
	LeaveCommand: {"namespace, rooms, except, socket and leave are known", map[string]field{
		"namespace": takeNamespace, "rooms": takeRooms, "except": takeExcept, "socket": takeSocket, "leave": takeNames,
	}, []string{"leave"}},
	DisconnectCommand: {"namespace, rooms, except, socket and close are known", map[string]field{
		"namespace": takeNamespace, "rooms": takeRooms, "except": takeExcept, "socket": takeSocket, "close": takeClose,
	}, nil},
	SocketsCommand: {"namespace, rooms, except, data, limit, after and handshake are known", map[string]field{
		"namespace": takeNamespace, "rooms": takeRooms, "except": takeExcept, "data": takeData, "limit": takeLimit, "after": takeAfter, "handshake": takeHandshake,
	}, nil},
	RoomsCommand: {"namespace, rooms, except, data, limit and after are known", map[string]field{
		"namespace": takeNamespace, "rooms": takeRooms, "except": takeExcept, "data": takeData, "limit": takeLimit, "after": takeAfter,
	}, nil},
	ServerSideEmitCommand: {"namespace, event, args and ack are known", map[string]field{
		"namespace": takeNamespace, "event": takeEvent, "args": takeArgs, "ack": takeAck,
	}, []string{"event"}},
}

// Commands returns the commands.
func Commands() []string {
	return []string{EmitCommand, JoinCommand, LeaveCommand, DisconnectCommand, SocketsCommand, RoomsCommand, ServerSideEmitCommand}
}

// Parse checks the body of a command. What is returned may share its bytes.
func Parse(name string, body []byte) (*Command, *Error) { return parse(name, body, nil) }

// parse is Parse of a body whose command is addressed besides.
func parse(name string, body []byte, to *Address) (*Command, *Error) {
	k, ok := kinds[name]
	if !ok {
		return nil, refuse(UnknownCommand, "there is no command %s", Show(name))
	}
	if len(body) == 0 {
		return nil, refuse(BadJSON, "the body is empty: an object is wanted")
	}
	c := &Command{Name: name, Limit: pageDefault}
	var room [12]string // as in objectMembers
	given := room[:0]
	err := members(body, func(field string, v []byte) *Error {
		take := k.take[field]
		if take == nil {
			return unknown(field, k.fields)
		}
		given = append(given, field)
		return take(c, field, v)
	})
	if err != nil {
		return nil, err
	}
	for _, field := range k.need {
		if !contains(given, field) {
			return nil, missing(field)
		}
	}
	if c.Socket != "" {
		if c.Rooms != nil || c.Except != nil {
			return nil, refuse(InvalidValue, `field "socket" is there beside "rooms" or "except"`)
		}
		c.Rooms = []string{c.Socket}
	}
	if err := to.apply(c); err != nil {
		return nil, err
	}
	if c.Namespace == "" {
		c.Namespace = "/"
	}
	return c, nil
}

func contains(list []string, s string) bool {
	for _, t := range list {
		if t == s {
			return true
		}
	}
	return false
}

func takeNamespace(c *Command, name string, v []byte) (err *Error) {
	if c.Namespace, err = stringOf(name, v); err == nil && !strings.HasPrefix(c.Namespace, "/") {
		err = refuse(InvalidValue, `field "namespace" is %s: it begins with a slash`, Show(c.Namespace))
	}
	return err
}

func takeEvent(c *Command, name string, v []byte) (err *Error) {
	if c.Event, err = stringOf(name, v); err == nil && c.Event == "" {
		err = refuse(InvalidValue, `field "event" is empty`)
	}
	return err
}

func takeArgs(c *Command, name string, v []byte) (err *Error) {
	c.Args, err = argsOf(name, v)
	return err
}

func takeRooms(c *Command, name string, v []byte) (err *Error) {
	if c.Rooms, err = namesOf(name, v); err == nil && len(c.Rooms) == 0 {
		err = refuse(InvalidValue, `field "rooms" is empty: nobody would be meant; leave the field out to reach everybody`)
	}
	return err
}

func takeSocket(c *Command, name string, v []byte) (err *Error) {
	if c.Socket, err = stringOf(name, v); err == nil && (c.Socket == "" || len(c.Socket) > MaxRoomName) {
		err = refuse(InvalidValue, "field %q: the id of a socket has 1 to %d bytes, not %d", name, MaxRoomName, len(c.Socket))
	}
	return err
}

func takeExcept(c *Command, name string, v []byte) (err *Error) {
	c.Except, err = namesOf(name, v)
	return err
}

func takeNames(c *Command, name string, v []byte) (err *Error) {
	if c.Names, err = namesOf(name, v); err == nil && len(c.Names) == 0 {
		err = refuse(InvalidValue, "field %q is empty", name)
	}
	return err
}

func takeVolatile(c *Command, name string, v []byte) (err *Error) {
	c.Volatile, err = boolOf(name, v)
	return err
}

func takeCompress(c *Command, name string, v []byte) *Error {
	compress, err := boolOf(name, v)
	c.Plain = !compress
	return err
}

func takeClose(c *Command, name string, v []byte) (err *Error) {
	c.Close, err = boolOf(name, v)
	return err
}

func takeHandshake(c *Command, name string, v []byte) (err *Error) {
	c.Handshake, err = boolOf(name, v)
	return err
}

func takeData(c *Command, name string, v []byte) (err *Error) {
	c.Data, err = membersOf(name, v)
	return err
}

func takeLimit(c *Command, name string, v []byte) (err *Error) {
	c.Limit, err = numberOf(name, v, 1, pageLimit)
	return err
}

func takeAfter(c *Command, name string, v []byte) (err *Error) {
	c.After, err = stringOf(name, v)
	return err
}

func takeAck(c *Command, name string, v []byte) *Error {
	err := objectOf(name, v, func(name string, v []byte) *Error {
		if name != "timeoutMs" {
			return unknown("ack."+name, "timeoutMs is known")
		}
		ms, err := numberOf("ack.timeoutMs", v, 1, int(longestAck/time.Millisecond))
		c.AckTimeout = time.Duration(ms) * time.Millisecond
		return err
	})
	if err == nil && c.AckTimeout == 0 {
		err = missing("ack.timeoutMs")
	}
	return err
}

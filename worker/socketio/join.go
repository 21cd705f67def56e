package socketio

import (
	"context"
	"fmt"
	"slices"

	"github.com/ioserver/ioserver/protocol/sid"
)

// Join makes the socket a member of rooms; of some it may be one already. When
// it returns, whatever anybody in the cluster emits to them from then on
// arrives. Where the bus to other workers is down it does not wait: this
// worker's messages arrive, those of others once the bus is back.
func (s *Socket) Join(rooms ...string) error {
	server := s.ns.server
	if err := s.admit(rooms); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	server.adapter.want(s.ns, rooms)
	e := &entry{socket: s, rooms: append([]string(nil), rooms...)}
	if err := server.enqueue(context.Background(), e); err != nil {
		server.adapter.unwant(s.ns, rooms)
		return fmt.Errorf("join: %w", err)
	}
	return nil
}

// admit checks the names, and reserves places among the socket's rooms.
func (s *Socket) admit(rooms []string) error {
	server := s.ns.server
	for _, name := range rooms {
		if name == "" || len(name) > server.limits.RoomNameBytes {
			return fmt.Errorf("%w: %d bytes", ErrRoomName, len(name))
		}
		if server.adapter.foreign(s, name) {
			return fmt.Errorf("%w: %q is another socket's id", ErrRoomName, name)
		}
	}
	if s.phase.Load() == gone {
		return ErrDisconnected
	}
	n := int32(len(rooms))
	if int(s.rooms.Add(n)) > server.limits.RoomsPerSocket {
		s.rooms.Add(-n)
		server.counters.roomOverflows.Add(1)
		return ErrTooManyRooms
	}
	return nil
}

// entry is a Join on its way.
type entry struct {
	socket *Socket
	rooms  []string
}

// Run joins on the loop. Each room came with a want of its bucket.
func (e *entry) Run() {
	s := e.socket
	for i, name := range e.rooms {
		switch s.phase.Load() {
		case connected:
			s.enter(name)
		case connecting:
			if name != s.id && !slices.Contains(s.early, name) {
				s.early = append(s.early, name)
				continue
			}
			s.rooms.Add(-1)
			fallthrough
		default:
			s.ns.server.adapter.unwant(s.ns, e.rooms[i:i+1])
		}
	}
}

// enter makes the socket a member of one room. The want of its bucket passes
// to a room that begins.
func (s *Socket) enter(name string) {
	server := s.ns.server
	before := len(s.member.rooms)
	var began *room
	if name != s.id {
		began = s.ns.roster.join(s, name)
	}
	server.adapter.entered(s.ns, name, began)
	if len(s.member.rooms) == before {
		s.rooms.Add(-1)
		return
	}
	server.counters.memberships.Add(1)
	if s.ns.watched() {
		if began != nil {
			s.ns.tellRoom(RoomCreated, began.name, nil)
		}
		s.ns.tellRoom(RoomJoined, name, s)
	}
}

// Leave ends the membership in a room. A socket cannot leave its own id.
func (s *Socket) Leave(room string) error {
	return s.ns.server.enqueue(context.Background(), &exit{s, room})
}

// exit is a Leave on its way.
type exit struct {
	socket *Socket
	room   string
}

// Run leaves on the loop.
func (e *exit) Run() {
	s, server := e.socket, e.socket.ns.server
	for i, name := range s.early {
		if name == e.room {
			s.early = append(s.early[:i:i], s.early[i+1:]...)
			s.rooms.Add(-1)
			server.adapter.unwant(s.ns, []string{e.room})
			break
		}
	}
	if s.phase.Load() != connected {
		return
	}
	before := len(s.member.rooms)
	ended := s.ns.roster.leave(s, e.room)
	if ended != nil {
		server.adapter.roomEnded(s.ns, ended)
	}
	if len(s.member.rooms) == before {
		return
	}
	s.rooms.Add(-1)
	server.counters.memberships.Add(-1)
	if s.ns.watched() {
		s.ns.tellRoom(RoomLeft, e.room, s)
		if ended != nil {
			s.ns.tellRoom(RoomDeleted, ended.name, nil)
		}
	}
}

// Rooms returns the names of the rooms that the socket is in, its id first.
// After its end they are those that it was in, as long as OnDisconnect has a
// handler.
func (s *Socket) Rooms() []string {
	reply := make(chan []string, 1)
	s.ns.server.ask(func() {
		switch {
		case s.farewell != nil:
			reply <- append([]string(nil), s.farewell.rooms...)
		case s.phase.Load() == connected:
			reply <- s.ns.roster.names(nil, s)
		case s.phase.Load() == connecting:
			reply <- append([]string{s.id}, s.early...)
		default:
			reply <- nil
		}
	})
	select {
	case rooms := <-reply:
		return rooms
	case <-s.ns.server.loop.Done():
		return nil
	}
}

// isID reports whether name is the id that its home gave a socket of that
// namespace, and where that is.
func isID(homes Locator, namespace, name string) (sid.Home, bool) {
	if len(name) > sid.Len {
		prefix := len(name) - sid.Len - 1
		if namespace == rootName || name[:prefix] != namespace || name[prefix] != '#' {
			return sid.Home{}, false
		}
		return homes.Home(sid.EngineIO, name[prefix+1:])
	}
	if h, ok := homes.Home(sid.SocketIO, name); ok {
		return h, true
	}
	if namespace != rootName {
		return sid.Home{}, false
	}
	return homes.Home(sid.EngineIO, name)
}

package socketio

// RoomEventKind is what has happened to a room.
type RoomEventKind uint8

// What happens to rooms, in the order in which it does.
const (
	RoomCreated RoomEventKind = iota
	RoomJoined
	RoomLeft
	RoomDeleted
	// RoomEventsLost stands for events that were dropped, because handlers were
	// further behind than Limits.RoomEvents: who keeps count has to ask anew.
	RoomEventsLost
)

var roomEventNames = [...]string{"create-room", "join-room", "leave-room", "delete-room", "lost"}

// String is the reference's name for it.
func (k RoomEventKind) String() string {
	if int(k) >= len(roomEventNames) {
		return "invalid"
	}
	return roomEventNames[k]
}

// RoomEvent tells of a room of this worker: the members that it has elsewhere
// do not count.
type RoomEvent struct {
	Kind      RoomEventKind
	Namespace *Namespace
	Room      string  // "" for RoomEventsLost
	Socket    *Socket // who has joined or left; nil otherwise
}

// OnRoom adds a handler that hears when rooms of the namespace get their first
// member on this worker, another member, lose one, and are empty. A room is
// created before it is joined, and deleted after it was left; at the end of a
// socket it leaves its rooms before OnDisconnect. The room that each socket has
// under its own id is not told of: OnConnection and OnDisconnect do that.
//
// Handlers run off the loop and may block, one event of a namespace after
// another, in order with each other but with no other handlers. Events that come
// while they are behind wait in a bounded queue, see [Limits.RoomEvents].
func (n *registry) OnRoom(f func(RoomEvent)) {
	n.register(func(h *handlers) { h.rooms = append(h.rooms, f) })
}

// roomNews is a namespace's queue, guarded by roomQueue.mu.
type roomNews struct {
	waiting []RoomEvent
	running bool
	lost    bool
}

// watched reports whether anybody hears of rooms.
func (n *Namespace) watched() bool { return len(n.handlers.Load().rooms) > 0 }

// tellRoom queues news of a room. Loop only.
func (n *Namespace) tellRoom(kind RoomEventKind, room string, s *Socket) {
	n.server.roomQueue.push(n, RoomEvent{Kind: kind, Namespace: n, Room: room, Socket: s})
}

// tellLeaving tells what removing the socket does to its rooms, in the order in
// which it does it. Loop only.
func (s *Socket) tellLeaving() {
	r := s.ns.roster
	for i := len(s.member.rooms) - 1; i >= 0; i-- {
		ro := r.rooms[s.member.rooms[i].peer]
		s.ns.tellRoom(RoomLeft, ro.name, s)
		if len(ro.members) == 1 {
			s.ns.tellRoom(RoomDeleted, ro.name, nil)
		}
	}
}

package socketio

import "strings"

// link is one membership seen from one side: the slot of the peer in its
// table, and the index of the opposite link there. A membership is two links,
// 16 bytes in all, without a pointer for the collector to follow.
type link struct{ peer, back uint32 }

// membership is what a socket knows of its rooms. Loop only.
type membership struct {
	slot  uint32 // in roster.sockets
	order uint32 // in roster.listed
	mark  uint64 // epoch of the last walk that met the socket
	rooms []link
}

// room is a set of sockets of one namespace on this worker. The room that each
// socket has under its own id is not one: it is the socket itself.
type room struct {
	name    string
	slot    uint32
	members []link
}

// roster is who is in a namespace on this worker, and in which rooms. It is
// plain data of the loop.
type roster struct {
	byID    map[string]*Socket
	sockets []*Socket // by slot; nil where free
	listed  []uint32  // the used slots, dense: what a broadcast to all walks
	byName  map[string]*room
	rooms   []*room // by slot; nil where free
	epoch   uint64
	pending map[string]*Socket // not let in yet; nil where there are none

	freeSockets, freeRooms []uint32
	memberships            int
}

func newRoster() *roster {
	return &roster{byID: make(map[string]*Socket), byName: make(map[string]*room)}
}

// add enters a socket.
func (r *roster) add(s *Socket) {
	s.member.slot = take(&r.freeSockets, &r.sockets, s)
	s.member.order = uint32(len(r.listed))
	r.listed = append(r.listed, s.member.slot)
	r.byID[s.id] = s
}

// remove takes a socket out of every room and of the roster. It calls emptied
// for each room that has ended by that.
func (r *roster) remove(s *Socket, emptied func(*room)) {
	for n := len(s.member.rooms); n > 0; n-- {
		if ro := r.unlink(s, n-1); len(ro.members) == 0 {
			r.end(ro)
			emptied(ro)
		}
	}
	s.member.rooms = nil
	last := len(r.listed) - 1
	moved := r.listed[last]
	r.listed[s.member.order] = moved
	r.sockets[moved].member.order = s.member.order
	r.listed = shrink(r.listed[:last])
	r.sockets[s.member.slot] = nil
	r.freeSockets = append(r.freeSockets, s.member.slot)
	delete(r.byID, s.id)
}

// join makes s a member of the room, which it may be already. It returns the
// room if it has begun by that.
func (r *roster) join(s *Socket, name string) (began *room) {
	ro := r.byName[name]
	if ro == nil {
		ro = &room{name: strings.Clone(name)}
		ro.slot = take(&r.freeRooms, &r.rooms, ro)
		r.byName[ro.name] = ro
		began = ro
	} else if r.index(s, ro) >= 0 {
		return nil
	}
	mine, theirs := uint32(len(s.member.rooms)), uint32(len(ro.members))
	s.member.rooms = append(s.member.rooms, link{peer: ro.slot, back: theirs})
	ro.members = append(ro.members, link{peer: s.member.slot, back: mine})
	r.memberships++
	return began
}

// leave ends a membership, if there is one. It returns the room if it has
// ended by that.
func (r *roster) leave(s *Socket, name string) (ended *room) {
	ro := r.byName[name]
	if ro == nil {
		return nil
	}
	i := r.index(s, ro)
	if i < 0 {
		return nil
	}
	r.unlink(s, i)
	if len(ro.members) > 0 {
		return nil
	}
	r.end(ro)
	return ro
}

// names appends the names of the rooms that s is in, its own id first.
func (r *roster) names(dst []string, s *Socket) []string {
	dst = append(dst, s.id)
	for _, l := range s.member.rooms {
		dst = append(dst, r.rooms[l.peer].name)
	}
	return dst
}

// index finds the membership of s in ro among the socket's rooms, or -1. It
// searches the shorter of the two lists.
func (r *roster) index(s *Socket, ro *room) int {
	if len(ro.members) < len(s.member.rooms) {
		for _, l := range ro.members {
			if l.peer == s.member.slot {
				return int(l.back)
			}
		}
		return -1
	}
	for i, l := range s.member.rooms {
		if l.peer == ro.slot {
			return i
		}
	}
	return -1
}

// unlink takes out the i-th membership of s: in both lists the last link moves
// into the gap, and the link opposite to a moved one is told.
func (r *roster) unlink(s *Socket, i int) *room {
	gone := s.member.rooms[i]
	ro := r.rooms[gone.peer]

	last := len(ro.members) - 1
	moved := ro.members[last]
	ro.members[gone.back] = moved
	r.sockets[moved.peer].member.rooms[moved.back].back = gone.back
	ro.members = shrink(ro.members[:last])

	last = len(s.member.rooms) - 1
	moved = s.member.rooms[last]
	if last != i {
		s.member.rooms[i] = moved
		r.rooms[moved.peer].members[moved.back].back = uint32(i)
	}
	s.member.rooms = shrink(s.member.rooms[:last])
	r.memberships--
	return ro
}

func (r *roster) end(ro *room) {
	delete(r.byName, ro.name)
	r.rooms[ro.slot] = nil
	r.freeRooms = append(r.freeRooms, ro.slot)
}

// take puts v into a free slot of table, or into a new one.
func take[T any](free *[]uint32, table *[]*T, v *T) uint32 {
	if n := len(*free); n > 0 {
		slot := (*free)[n-1]
		*free = (*free)[:n-1]
		(*table)[slot] = v
		return slot
	}
	*table = append(*table, v)
	return uint32(len(*table) - 1)
}

// shrinkFrom is the capacity under which a list is left as it is.
const shrinkFrom = 64

// shrink gives memory back once a list has lost three quarters of its peak.
func shrink[T any](list []T) []T {
	if cap(list) < shrinkFrom || len(list) > cap(list)/4 {
		return list
	}
	return append(make([]T, 0, 2*len(list)), list...)
}

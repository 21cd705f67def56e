package socketio

import "slices"

// A socket that middleware is being asked about has its id already, and whoever
// decides may know it. What is sent to that id meanwhile goes to the client at
// once, as a middleware's own Emit does: clients keep it until they are let in.
// Rooms are kept until then.

// await enters a socket that middleware is asked about.
func (r *roster) await(s *Socket) {
	if r.pending == nil {
		r.pending = make(map[string]*Socket)
	}
	r.pending[s.id] = s
}

// decided strikes it off again, if it is there.
func (r *roster) decided(s *Socket) {
	if delete(r.pending, s.id); len(r.pending) == 0 {
		r.pending = nil
	}
}

// awaited yields those sockets among the rooms.
func (r *roster) awaited(rooms, except []string) func(yield func(*Socket) bool) {
	return func(yield func(*Socket) bool) {
		if r.pending == nil {
			return
		}
		for i, name := range rooms {
			s := r.pending[name]
			if s != nil && !slices.Contains(except, name) && !slices.Contains(rooms[:i], name) && !yield(s) {
				return
			}
		}
	}
}

// early changes the rooms that the socket will be in once it is let in.
func (c *change) early(s *Socket) {
	switch c.kind {
	case joinRooms:
		for _, name := range c.names {
			s.enlistEarly(name)
		}
	case leaveRooms:
		for _, name := range c.names {
			(&exit{s, name}).Run()
		}
	}
}

// enlistEarly is enlist for a socket that is not let in yet.
func (s *Socket) enlistEarly(name string) {
	if name == s.id || slices.Contains(s.early, name) || !s.reserve() {
		return
	}
	s.ns.server.adapter.wantSoon(s.ns, name)
	s.early = append(s.early, name)
}

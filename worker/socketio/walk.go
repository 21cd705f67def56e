package socketio

// targets yields every socket that is in one of the rooms, or in the namespace
// where rooms is empty, and in none of except, each once. A room's name may be
// a socket's id. skip, which may be nil, is left out.
//
// The body may remove the socket that it is given, and no other: lists are
// walked from the end, where a removal moves only what was seen already.
func (r *roster) targets(rooms, except []string, skip *Socket) func(yield func(*Socket) bool) {
	return func(yield func(*Socket) bool) {
		if len(rooms) == 1 && len(except) == 0 {
			r.one(rooms[0], skip, yield)
			return
		}
		epoch := r.begin(except, skip)
		if len(rooms) == 0 {
			r.all(epoch, yield)
			return
		}
		for _, name := range rooms {
			if s := r.byID[name]; s != nil && s.member.mark != epoch {
				s.member.mark = epoch
				if !yield(s) {
					return
				}
			}
			ro := r.byName[name]
			if ro == nil {
				continue
			}
			for i := len(ro.members) - 1; i >= 0; i-- {
				s := r.sockets[ro.members[i].peer]
				if s.member.mark == epoch {
					continue
				}
				s.member.mark = epoch
				if !yield(s) {
					return
				}
			}
		}
	}
}

// one is the common case of targets: a single room, nothing to mark.
func (r *roster) one(name string, skip *Socket, yield func(*Socket) bool) {
	self := r.byID[name]
	ro := r.byName[name]
	if self != nil && self != skip && !yield(self) || ro == nil {
		return
	}
	for i := len(ro.members) - 1; i >= 0; i-- {
		s := r.sockets[ro.members[i].peer]
		if s != skip && s != self && !yield(s) {
			return
		}
	}
}

func (r *roster) all(epoch uint64, yield func(*Socket) bool) {
	for i := len(r.listed) - 1; i >= 0; i-- {
		s := r.sockets[r.listed[i]]
		if s.member.mark != epoch && !yield(s) {
			return
		}
	}
}

// begin starts an epoch, in which those to leave out are marked already.
func (r *roster) begin(except []string, skip *Socket) uint64 {
	r.epoch++
	if skip != nil {
		skip.member.mark = r.epoch
	}
	for _, name := range except {
		if s := r.byID[name]; s != nil {
			s.member.mark = r.epoch
		}
		if ro := r.byName[name]; ro != nil {
			for _, l := range ro.members {
				r.sockets[l.peer].member.mark = r.epoch
			}
		}
	}
	return r.epoch
}

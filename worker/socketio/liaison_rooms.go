package socketio

import "time"

// joinPatience is how long a Join waits for the bus. After it, and until the
// bus has confirmed something again, joins do not wait.
const joinPatience = 2 * time.Second

// want has other workers' messages for these rooms come here, and waits until
// they do. Off the loop. Each room has to be given back by unwant, or passed to
// a room that begins.
func (l *liaison) want(ns *Namespace, rooms []string) {
	if l.bus != nil {
		l.await(l.wants(ns, rooms))
	}
}

// wants is want without the wait, for await. Those that were confirmed already
// are left out.
func (l *liaison) wants(ns *Namespace, rooms []string) (waits []<-chan struct{}) {
	for _, name := range rooms {
		if joined := l.bus.Want(ns.name, name); !isClosed(joined) {
			waits = append(waits, joined)
		}
	}
	return waits
}

// await waits until the bus has confirmed, as long as there is patience and the
// bus is not in doubt: it is from the first time that it did not confirm in time
// until it does.
func (l *liaison) await(waits []<-chan struct{}) {
	if len(waits) == 0 {
		return
	}
	patience := time.NewTimer(joinPatience)
	defer patience.Stop()
	for _, joined := range waits {
		if l.doubtful() && !isClosed(joined) || !l.confirmed(joined, patience.C) {
			l.server.counters.joinsUnconfirmed.Add(1)
			return
		}
	}
}

func (l *liaison) confirmed(joined <-chan struct{}, patience <-chan time.Time) bool {
	select {
	case <-joined:
		return true
	case <-l.ended:
	case <-patience:
		l.doubt.Store(&joined)
	}
	return false
}

// doubtful reports whether what the bus is in doubt for is still not confirmed.
func (l *liaison) doubtful() bool {
	joined := l.doubt.Load()
	if joined == nil {
		return false
	}
	if isClosed(*joined) {
		l.doubt.CompareAndSwap(joined, nil)
		return false
	}
	return true
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// wantSoon is want for one room, without the wait.
func (l *liaison) wantSoon(ns *Namespace, room string) {
	if l.bus != nil {
		l.bus.Want(ns.name, room)
	}
}

func (l *liaison) unwant(ns *Namespace, rooms []string) {
	if l.bus == nil {
		return
	}
	for _, name := range rooms {
		l.bus.Unwant(ns.name, name)
	}
}

// entered settles the want of a Join that has been carried out: it passes to
// the room that has begun, if any.
func (l *liaison) entered(ns *Namespace, name string, began *room) {
	if l.bus != nil && began == nil {
		l.bus.Unwant(ns.name, name)
	}
}

// roomEnded gives back the want of a room.
func (l *liaison) roomEnded(ns *Namespace, r *room) {
	if l.bus != nil {
		l.bus.Unwant(ns.name, r.name)
	}
}

// foreign reports whether a room's name is the id of another socket. Messages
// to an id go to its home alone, so members elsewhere would not get them.
func (l *liaison) foreign(s *Socket, name string) bool {
	if l.bus == nil || name == s.id {
		return false
	}
	_, ok := isID(l.server.homes, s.ns.name, name)
	return ok
}

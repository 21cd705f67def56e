package socketio

import (
	"time"

	"github.com/ioserver/ioserver/broker/feed"
)

// want has other workers' messages for these rooms come here, and waits until
// they do. Off the loop. Each room has to be given back by unwant, or passed to
// a room that begins.
func (a *adapter) want(ns *Namespace, rooms []string) {
	if a.feed == nil {
		return
	}
	waits := make([]*bucket, 0, len(rooms))
	for _, name := range rooms {
		waits = append(waits, a.interest.want(feed.BucketOf(ns.name, name)))
	}
	var patience *time.Timer
	for _, b := range waits {
		select {
		case <-b.joined:
			continue
		default:
		}
		if patience == nil {
			patience = time.NewTimer(joinPatience)
			defer patience.Stop()
		}
		if !a.interest.await(b, patience.C) {
			a.server.counters.joinsUnconfirmed.Add(1)
			return
		}
	}
}

// wantSoon is want for one room, without the wait.
func (a *adapter) wantSoon(ns *Namespace, room string) {
	if a.feed != nil {
		a.interest.want(feed.BucketOf(ns.name, room))
	}
}

func (a *adapter) unwant(ns *Namespace, rooms []string) {
	if a.feed == nil {
		return
	}
	for _, name := range rooms {
		a.interest.unwant(feed.BucketOf(ns.name, name))
	}
}

// entered settles the want of a Join that has been carried out: it passes to
// the room that has begun, if any.
func (a *adapter) entered(ns *Namespace, name string, began *room) {
	if a.feed == nil {
		return
	}
	bucket := feed.BucketOf(ns.name, name)
	if began != nil {
		began.bucket = bucket
		return
	}
	a.interest.unwant(bucket)
}

// roomEnded gives back the want of a room.
func (a *adapter) roomEnded(r *room) {
	if a.feed != nil {
		a.interest.unwant(r.bucket)
	}
}

// foreign reports whether a room's name is the id of another socket. Messages
// to an id go to its home alone, so members elsewhere would not get them.
func (a *adapter) foreign(s *Socket, name string) bool {
	if a.feed == nil || name == s.id {
		return false
	}
	_, ok := isID(a.server.homes, s.ns.name, name)
	return ok
}

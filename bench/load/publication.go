package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

var errPublisher = errors.New("the client that is to have messages broadcast cannot connect")

// newPublication prepares the first thread to have messages broadcast.
func (f *Fleet) newPublication(ctx context.Context, p *Plan) (*publisher, error) {
	if p.Publish == nil {
		return nil, nil
	}
	o := p.Publish
	t := f.threads[0]
	pub := &publisher{t: t, o: o, left: never, rooms: f.rooms(o)}
	if p.Messages > 0 {
		pub.left = p.Messages
	}
	senders := max(1, o.Connections)
	if o.Event != "" {
		senders = 1
	} else {
		var err error
		if pub.body, err = parseTemplate(o.Body, o.EventInBody); err != nil {
			return nil, err
		}
	}
	if o.Rate <= 0 {
		pub.marks = make([]int64, max(1, o.InFlight))
		senders = min(senders, len(pub.marks))
	}
	pub.senders = make([]sender, senders)
	for i := range pub.senders {
		pub.senders[i].next = make([]uint32, len(pub.rooms))
		pub.senders[i].good = make([]uint32, len(pub.rooms))
	}
	pub.shared = &publication{marker: p.marker, size: p.Size, senders: senders, publisher: t}
	if o.Event != "" {
		if err := f.openSpeaker(ctx); err != nil {
			return nil, err
		}
	}
	f.each(func(t *thread) {
		if t == pub.t {
			t.publisher = pub
		}
	})
	return pub, nil
}

// rooms are those that messages go to, with how many clients are in each.
func (f *Fleet) rooms(o *PublishPlan) []room {
	rooms := make([]room, 1)
	switch {
	case o.OwnRooms:
		rooms = make([]room, f.o.Clients)
	case o.Rooms > 0:
		rooms = make([]room, o.Rooms)
		for i := range rooms {
			rooms[i].name = roomName(i)
		}
	}
	var mu sync.Mutex
	f.each(func(t *thread) {
		mu.Lock()
		defer mu.Unlock()
		for i, all := 0, t.members(); i < len(all); i++ {
			cl := &all[i]
			switch {
			case o.OwnRooms:
				cl.room = cl.index
				rooms[cl.room].name = cl.id
			case o.Rooms == 0:
				cl.room = 0
			}
			if cl.state == ready {
				rooms[cl.room].members++
			}
		}
	})
	return rooms
}

// openSpeaker connects the client that has messages broadcast, where it is not
// there yet.
func (f *Fleet) openSpeaker(ctx context.Context) error {
	f.prepare()
	s := &speaker{}
	f.each(func(t *thread) {
		t.finished = true // the others are, once and for all
		if t.number == 0 {
			s.t, t.finished, t.work = t, false, []work{s}
			if cl := s.client(); cl.state == unopened || cl.state == lost {
				t.open(cl, t.now)
			}
		}
	})
	ctx, cancel := context.WithTimeout(ctx, f.o.Timeout)
	defer cancel()
	for f.finished.Load() == 0 {
		select {
		case <-f.wake:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", errPublisher, context.Cause(ctx))
		}
	}
	var state state
	f.each(func(t *thread) {
		if t.number == 0 {
			state, t.work = s.client().state, nil
		}
	})
	if state != ready {
		return errPublisher
	}
	f.prepare()
	return nil
}

// speaker waits for that client.
type speaker struct {
	nothing
	t *thread
}

func (s *speaker) client() *client { return &s.t.clients[len(s.t.clients)-1] }

func (s *speaker) done() bool {
	st := s.client().state
	return st == ready || st == lost
}

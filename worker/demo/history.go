package demo

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// message is something said, as it travels to workers and clients.
type message struct {
	ID   string `json:"id"`  // origin, dot, number
	Key  string `json:"key"` // the sender's own name for it
	Room string `json:"room"`
	Who  string `json:"who"` // the person's id
	Name string `json:"name"`
	Text string `json:"text"`
	At   int64  `json:"at"` // milliseconds of Unix time
	Node uint16 `json:"node"`
	Slot int    `json:"slot"`
	PID  int    `json:"pid"`
}

// origin is the life of the worker where the message was said, and number its
// place among what happened there.
func (m *message) origin() (life string, number uint64) {
	dot := strings.LastIndexByte(m.ID, '.')
	if dot < 0 {
		return m.ID, 0
	}
	number, _ = strconv.ParseUint(m.ID[dot+1:], 10, 64) // workers make them
	return m.ID[:dot], number
}

// order is the same on every worker and page: by time, and where that is equal
// by origin and number.
func (m *message) order(o *message) int {
	if m.At != o.At || m.ID == o.ID {
		return cmp.Compare(m.At, o.At)
	}
	mo, mn := m.origin()
	oo, on := o.origin()
	return cmp.Or(cmp.Compare(mo, oo), cmp.Compare(mn, on))
}

// room is what is kept of one: the newest messages, in order.
type room struct {
	messages []*message
	people   int
	latest   int64 // when something was said or somebody came last
}

// insert puts the message in its place. It reports false for one that is there
// already, and for one that is older than all that a full history holds.
func (r *room) insert(m *message) bool {
	at, found := slices.BinarySearchFunc(r.messages, m, func(a, b *message) int { return a.order(b) })
	full := len(r.messages) == HistoryMessages
	if found || full && at == 0 {
		return false
	}
	if full {
		r.messages = slices.Delete(r.messages, 0, 1)
		at--
	}
	r.messages = slices.Insert(r.messages, at, m)
	r.latest = max(r.latest, m.At)
	return true
}

// unseen are the messages that are not among those.
func (r *room) unseen(ids []string) []*message {
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		seen[id] = true
	}
	out := make([]*message, 0, len(r.messages))
	for _, m := range r.messages {
		if !seen[m.ID] {
			out = append(out, m)
		}
	}
	return out
}

// byKey finds what a client has sent already under the key.
func (r *room) byKey(key string) *message {
	for _, m := range r.messages {
		if m.Key == key {
			return m
		}
	}
	return nil
}

// openRoom returns the room, and makes it. It returns nil where there are too
// many with people in them, unless the room has to be: because another worker
// has let somebody in.
func (d *Demo) openRoom(name string, must bool) *room {
	if r := d.rooms[name]; r != nil {
		return r
	}
	if len(d.rooms) >= Rooms {
		quietest := ""
		for n, r := range d.rooms {
			if r.people == 0 && (quietest == "" || r.latest < d.rooms[quietest].latest) {
				quietest = n
			}
		}
		if quietest != "" {
			delete(d.rooms, quietest)
		} else if !must {
			return nil
		}
	}
	r := &room{}
	d.rooms[name] = r
	return r
}

// keep adds a message to its room's history, and gives it to this worker's
// members. One that is known already changes nothing.
func (d *Demo) keep(m *message) {
	r := d.openRoom(m.Room, false)
	if r == nil || !r.insert(m) {
		return
	}
	d.latest = max(d.latest, m.At)
	_ = d.ns.To(roomOf(m.Room)).Local().Emit("message", m) // fails only at the end
	d.flowed(m)
}

// nextTime is a time for a message: of now, but after all that was said
// before it, as far as clocks are right.
func (d *Demo) nextTime() int64 {
	now := d.now().UnixMilli()
	d.latest = max(now, min(d.latest+1, now+clockSkew.Milliseconds()))
	return d.latest
}

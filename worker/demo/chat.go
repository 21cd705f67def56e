package demo

import (
	"fmt"

	"github.com/ioserver/ioserver/worker/socketio"
)

// member is a client of this worker that has entered.
type member struct {
	person *person // nil before it has; replaced, never changed
	rate   bucket
}

// refusal is what a client is told instead of what it asked for.
type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refused is the acknowledgement with a refusal.
type refused struct {
	Error *refusal `json:"error"`
}

var (
	badRequest = &refusal{"bad_request", "The request cannot be read."}
	badName    = &refusal{"bad_name", fmt.Sprintf("A name is 1 to %d characters that can be seen.", NameRunes)}
	badRoom    = &refusal{"bad_room", fmt.Sprintf("A room's name is 1 to %d letters, digits or hyphens.", RoomRunes)}
	badText    = &refusal{"bad_text", fmt.Sprintf("A message is 1 to %d characters.", TextRunes)}
	tooFast    = &refusal{"too_fast", "That was too fast. Wait a second."}
	full       = &refusal{"full", "There is no room for more people or rooms."}
	outside    = &refusal{"outside", "Enter a room first."}
	closing    = &refusal{"closing", "This worker is about to end."}
)

// serve registers what clients say.
func (d *Demo) serve() {
	d.ns.On("enter", answered(d.enter))
	d.ns.On("say", answered(d.say))
	d.ns.On("transport", answered(d.transport))
	d.ns.OnDisconnect(func(s *socketio.Socket, _ string) { d.gone(s) })
}

func answered(f func(*socketio.Socket, *socketio.Event) *refusal) func(*socketio.Socket, *socketio.Event) {
	return func(s *socketio.Socket, e *socketio.Event) {
		if r := f(s, e); r != nil && e.WantsAck() {
			_ = e.Ack(refused{r}) // the client may have gone
		}
	}
}

// entry is what a client says when it comes, comes back, changes rooms or its
// name. Seen are the newest messages that the client has of the room.
type entry struct {
	Name      string   `json:"name"`
	Room      string   `json:"room"`
	Transport string   `json:"transport"`
	Seen      []string `json:"seen"`
}

// welcome is what it is told: all that a page needs to draw itself.
type welcome struct {
	Me       *person    `json:"me"`
	Version  string     `json:"version"`
	Messages []*message `json:"messages"` // those it has not seen, in order
	People   []*person  `json:"people"`   // of all rooms
	Rooms    []string   `json:"rooms"`
	Workers  []tile     `json:"workers"`
	TextMax  int        `json:"textMax"`
}

// allowed finds a client and takes from its rate.
func (d *Demo) allowed(s *socketio.Socket) (*member, *refusal) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, closing
	}
	m := d.members[s]
	if m == nil {
		m = new(member)
		d.members[s] = m
	}
	if !m.rate.take(d.now()) {
		return m, tooFast
	}
	return m, nil
}

func (d *Demo) enter(s *socketio.Socket, e *socketio.Event) *refusal {
	m, r := d.allowed(s)
	if r != nil {
		return r
	}
	var ask entry
	if err := e.Decode(&ask); err != nil || len(ask.Seen) > HistoryMessages {
		return badRequest
	}
	name, room := cleanName(ask.Name), cleanRoom(ask.Room)
	if name == "" {
		return badName
	}
	if room == "" {
		return badRoom
	}
	select {
	case <-d.settled:
	case <-d.done:
		return closing
	}
	if r := d.room(room, m); r != nil {
		return r
	}
	// Before the history is read: what is said in between comes twice rather
	// than never.
	if err := s.Join(pageRoom, roomOf(room)); err != nil {
		return closing
	}
	old := m.person
	if r := d.welcome(s, e, m, &person{Name: name, Room: room, Transport: known(ask.Transport)}, ask.Seen); r != nil {
		if old == nil || old.Room != room {
			_ = s.Leave(roomOf(room)) // it is there, or the client is not
		}
		return r
	}
	if old != nil && old.Room != room {
		_ = s.Leave(roomOf(old.Room)) // likewise
	}
	return nil
}

// room refuses where there is no place for one more.
func (d *Demo) room(name string, m *member) *refusal {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.place(name, m)
}

func (d *Demo) place(name string, m *member) *refusal {
	if d.closed {
		return closing
	}
	if m.person == nil && d.present >= People {
		return full
	}
	r := d.openRoom(name, false)
	if r == nil || (m.person == nil || m.person.Room != name) && r.people >= RoomPeople {
		return full
	}
	return nil
}

// welcome makes a client a person in its room, and gives it all it needs.
func (d *Demo) welcome(s *socketio.Socket, e *socketio.Event, m *member, x *person, seen []string) *refusal {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.place(x.Room, m); r != nil {
		return r
	}
	d.self.revision++
	if m.person != nil {
		x.ID = m.person.ID
	} else {
		x.ID = fmt.Sprintf("%s.%d", d.self.name(), d.self.revision)
	}
	x.Node, x.Slot, x.PID = d.self.home.Node, d.self.home.Slot, d.self.pid
	m.person = x
	d.put(d.self, x)
	d.step(change{Put: x})
	w := welcome{
		Me:       x,
		Version:  d.options.Version,
		Messages: d.rooms[x.Room].unseen(seen),
		People:   d.everybody(),
		Workers:  d.tiles,
		TextMax:  TextRunes,
	}
	for name := range d.rooms {
		w.Rooms = append(w.Rooms, name)
	}
	if e.WantsAck() {
		_ = e.Ack(w) // the client may have gone
	}
	return nil
}

// saying is a message of a client. Under a key that it has used in the room
// before it is the message that was kept then.
type saying struct {
	Text string `json:"text"`
	Key  string `json:"key"`
}

func (d *Demo) say(s *socketio.Socket, e *socketio.Event) *refusal {
	m, r := d.allowed(s)
	if r != nil {
		return r
	}
	var ask saying
	if err := e.Decode(&ask); err != nil || len(ask.Key) > KeyBytes {
		return badRequest
	}
	text := cleanText(ask.Text)
	if text == "" {
		return badText
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	x := m.person
	if x == nil {
		return outside
	}
	if d.closed {
		return closing
	}
	said := d.rooms[x.Room].byKey(ask.Key)
	if said == nil || ask.Key == "" {
		d.self.revision++
		said = &message{
			ID: fmt.Sprintf("%s.%d", d.self.name(), d.self.revision), Key: ask.Key, At: d.nextTime(),
			Room: x.Room, Who: x.ID, Name: x.Name, Text: text, Node: x.Node, Slot: x.Slot, PID: x.PID,
		}
		d.keep(said)
		d.step(change{Said: said})
	}
	if e.WantsAck() {
		_ = e.Ack(said) // the client may have gone
	}
	return nil
}

// transport is told by the client, as it changes while the client is here.
func (d *Demo) transport(s *socketio.Socket, e *socketio.Event) *refusal {
	m, r := d.allowed(s)
	if r != nil {
		return r
	}
	var name string
	if err := e.Decode(&name); err != nil {
		return badRequest
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if m.person == nil || d.closed || m.person.Transport == known(name) {
		return nil
	}
	x := *m.person
	x.Transport = known(name)
	m.person = &x
	d.self.revision++
	d.put(d.self, &x)
	d.step(change{Put: &x})
	return nil
}

// known is a transport's name that the page can show.
func known(transport string) string {
	switch transport {
	case "polling", "websocket", "webtransport":
		return transport
	}
	return ""
}

func (d *Demo) gone(s *socketio.Socket) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.members[s]
	delete(d.members, s)
	if m == nil || m.person == nil {
		return
	}
	d.self.revision++
	d.remove(d.self, m.person.ID)
	d.step(change{Gone: m.person.ID})
}

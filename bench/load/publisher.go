package load

import (
	"net/netip"
	"strconv"
)

// PublishPlan is messages that the server sends to many: it is told to by an event
// of a client that counts for nothing else, or by a POST.
type PublishPlan struct {
	Event string // of the client; "" where it is a POST

	Address     netip.AddrPort // of the POST
	Host, Path  string
	Header      []string
	Body        string // with {payload}, {event}, and {room} where there are rooms
	EventInBody string
	Connections int

	Rooms    int    // that clients are put into; 0: everybody, or with OwnRooms each client's own
	Join     string // event that puts a client into a room
	OwnRooms bool

	Rate     float64 // a second; 0: a closed loop
	InFlight int     // messages not delivered to all yet, in a closed loop
}

// room is who gets a message.
type room struct {
	name    string
	members int64
}

// publisher has messages broadcast, from the first thread.
type publisher struct {
	nothing
	t        *thread
	o        *PublishPlan
	shared   *publication
	pace     pacer
	body     template
	rooms    []room
	cursor   int
	senders  []sender
	left     int64
	sent     int64
	expected int64   // deliveries of all that was sent
	marks    []int64 // expected after each of the last messages of a closed loop
	payload  []byte
}

// sender is a connection for POSTs, or the client. What it sends is in order.
type sender struct {
	conn conn
	busy bool
	room int // of what is under way
	idle int64
	next []uint32 // sequence numbers, by room
	good []uint32 // how many were taken, by room
}

func (p *publisher) due(now int64) int64 {
	for n := 0; p.left > 0; n++ {
		due := now
		if p.pace.open() {
			if due = p.pace.due(); due > now {
				return due
			}
			if n == sendsPerTurn {
				return now
			}
		} else if !p.windowOpen() {
			return never
		}
		s := p.free()
		if s < 0 || !p.publish(s, due) {
			return never // an answer comes first
		}
	}
	p.shared.wanted.Store(p.expected)
	return never
}

// windowOpen says whether the message that has to be delivered first is.
func (p *publisher) windowOpen() bool {
	if p.sent < int64(len(p.marks)) {
		return true
	}
	mark := p.marks[p.sent%int64(len(p.marks))]
	p.shared.wanted.Store(mark)
	return p.shared.delivered.Load() >= mark
}

func (p *publisher) free() int {
	if p.o.Event != "" {
		if p.client().state == lost {
			p.left = 0
			p.t.meter.Refused++
			return -1
		}
		if p.client().state != ready {
			return -1
		}
		return 0
	}
	for i := range p.senders {
		if !p.senders[i].busy {
			return i
		}
	}
	return -1
}

func (p *publisher) client() *client { return &p.t.clients[len(p.t.clients)-1] }

// publish sends one message to the next room that somebody is in.
func (p *publisher) publish(from int, due int64) bool {
	r := p.nextRoom()
	if r < 0 {
		p.left = 0
		return false
	}
	s, t := &p.senders[from], p.t
	sent := clock()
	if p.pace.open() {
		if due >= t.meter.from {
			record(t.meter.late, sent-due)
		}
	} else {
		due = sent
	}
	s.next[r]++
	s.good[r]++
	s.room = r
	p.expected += p.rooms[r].members
	if len(p.marks) > 0 {
		p.marks[p.sent%int64(len(p.marks))] = p.expected
	}
	p.pace.count++
	p.sent++
	p.left--
	t.meter.Published++
	p.payload = p.shared.marker.append(p.payload[:0], stamp{sender: uint32(from), room: uint32(r), seq: s.next[r], due: due}, p.shared.size)
	if p.o.Event != "" {
		p.emit(r)
		return true
	}
	p.request(s, r)
	return true
}

func (p *publisher) nextRoom() int {
	for range p.rooms {
		r := p.cursor
		p.cursor = (p.cursor + 1) % len(p.rooms)
		if p.rooms[r].members > 0 {
			return r
		}
	}
	return -1
}

func (p *publisher) emit(r int) {
	t := p.t
	b := append(append(append(t.packetBuffer[:0], "42"...), t.prefix...), `["`...)
	b = append(append(b, p.o.Event...), `","`...)
	if name := p.rooms[r].name; name != "" {
		b = append(append(b, name...), `","`...)
	}
	t.packetBuffer = append(append(b, p.payload...), `"]`...)
	t.send(p.client(), t.packetBuffer)
}

func (p *publisher) request(s *sender, r int) {
	t := p.t
	s.busy = true
	if s.conn.fd != 0 && t.now-s.idle > int64(idlePost) {
		t.hangUp(&s.conn)
	}
	if s.conn.fd == 0 {
		if err := t.connect(&s.conn, trigger, nil); err != nil {
			p.refused(s, err.Error())
			return
		}
	}
	body := p.body.append(t.packetBuffer[:0], p.payload, p.rooms[r].name)
	t.packetBuffer = body
	b := append(append(append(t.frameBuffer[:0], "POST "...), p.o.Path...), " HTTP/1.1\r\nHost: "...)
	b = append(append(b, p.o.Host...), "\r\nContent-Length: "...)
	b = append(strconv.AppendInt(b, int64(len(body)), 10), "\r\n"...)
	b = append(appendHeader(b, p.o.Header), "\r\n"...)
	t.frameBuffer = append(b, body...)
	t.write(&s.conn, t.frameBuffer)
}

// answer hears what became of a POST.
func (p *publisher) answer(c *conn, status int, closes bool) {
	s := p.sender(c)
	if closes {
		p.t.hangUp(c)
	}
	if !s.busy {
		return
	}
	if status/100 != 2 {
		p.refused(s, "trigger answered with status "+strconv.Itoa(status))
		return
	}
	s.busy, s.idle = false, p.t.now
}

// broken hears of a connection's end.
func (p *publisher) broken(c *conn, err error) {
	s := p.sender(c)
	p.t.hangUp(c)
	if s.busy {
		p.refused(s, "trigger: "+err.Error())
	}
}

// refused takes a message back that nobody will get.
func (p *publisher) refused(s *sender, why string) {
	s.busy = false
	s.good[s.room]--
	p.t.meter.Refused++
	p.t.why[why]++
	p.shared.add(p.rooms[s.room].members)
}

func (p *publisher) sender(c *conn) *sender {
	for i := range p.senders {
		if &p.senders[i].conn == c {
			return &p.senders[i]
		}
	}
	return nil // there is no other connection of that kind
}

// forget waits no more for a client that is lost.
func (p *publisher) forget(r int32, got []uint32) {
	p.rooms[r].members--
	n := int64(0)
	for i := range p.senders {
		n += max(0, int64(p.senders[i].good[r])-int64(got[i]))
	}
	p.shared.add(n)
}

func (p *publisher) stop() { p.left = 0 }

func (p *publisher) done() bool {
	if p.left > 0 {
		return false
	}
	for i := range p.senders {
		if p.senders[i].busy {
			return false
		}
	}
	return p.shared.delivered.Load() >= p.expected
}

// hangUp closes the publisher's own connections.
func (p *publisher) hangUp() {
	for i := range p.senders {
		p.t.hangUp(&p.senders[i].conn)
	}
}

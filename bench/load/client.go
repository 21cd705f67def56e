package load

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// state is how far a client is.
type state uint8

const (
	unopened state = iota
	opening        // until the server has opened the session
	joining        // until it is in the namespace
	ready
	lost
	leaving // says good-bye
)

// client is one client. Its thread owns it.
type client struct {
	index   int32 // in the fleet; beyond it: the client that only has things broadcast
	room    int32
	state   state
	pinged  bool   // revision 3: a ping of ours is not answered yet
	conn    conn   // the WebSocket, or the polls
	poll    *polls // long-polling
	id      string // of the socket, if wanted
	begun   int64  // when it was to begin
	heard   int64
	lastAck uint64
}

var (
	errNamespace = errors.New("disconnected from the namespace by the server")
	errSession   = errors.New("session closed by the server")
	errSilent    = errors.New("server silent: no heartbeat in time")
	errSlow      = errors.New("not ready in time")
	errPacket    = errors.New("packet that cannot be read")
)

// open begins a client that was to begin at a time.
func (t *thread) open(cl *client, due int64) {
	cl.state, cl.begun, cl.heard = opening, due, t.now
	if t.fleet.o.Polling && cl.index < int32(t.fleet.o.Clients) {
		cl.poll = &polls{}
		cl.poll.conn.owner = cl
		if err := t.connect(&cl.conn, get, cl); err != nil {
			t.lose(cl, err)
		}
		return
	}
	if err := t.connect(&cl.conn, websocket, cl); err != nil {
		t.lose(cl, err)
	}
}

// joined makes the client ready.
func (t *thread) joined(cl *client, data []byte) {
	if t.fleet.o.KeepIDs {
		if id, ok := stringField(data, "sid"); ok {
			cl.id = string(id)
		}
	}
	cl.state = ready
	if cl.index >= int32(t.fleet.o.Clients) {
		return
	}
	t.meter.Ready++
	t.meter.Opened++
	t.opener.settled++
	t.watchBeats(cl)
	if t.opener.running {
		t.meter.operation(cl.begun, t.now)
	}
}

// broken hears that a connection has ended or makes no sense.
func (t *thread) broken(c *conn, err error) {
	switch {
	case c.kind == trigger:
		t.publisher.broken(c, err)
	case c.kind == post && errors.Is(err, errEnded) && !c.owner.poll.posting:
		t.hangUp(c) // servers close connections that are idle
	case c.owner.state == leaving:
		t.hangUp(c)
		t.left(c.owner)
	default:
		t.lose(c.owner, err)
	}
}

// lose ends a client that should have stayed.
func (t *thread) lose(cl *client, err error) {
	was := cl.state
	t.drop(cl)
	cl.state = lost
	t.why[err.Error()]++
	if cl.index >= int32(t.fleet.o.Clients) {
		return
	}
	if was == ready {
		t.meter.Ready--
	} else {
		t.opener.settled++
	}
	t.meter.LostClients++
	t.meter.LostAcks += t.requests.forget(cl.index)
	if was == ready {
		for _, w := range t.work {
			w.gone(cl)
		}
	}
}

// drop closes a client's connections.
func (t *thread) drop(cl *client) {
	t.hangUp(&cl.conn)
	if cl.poll != nil {
		t.hangUp(&cl.poll.conn)
	}
}

// packet takes an Engine.IO packet that is text.
func (t *thread) packet(cl *client, p []byte) error {
	if len(p) == 0 {
		return errPacket
	}
	switch p[0] {
	case '0':
		return t.opened(cl, p[1:])
	case '1':
		return errSession
	case '2':
		t.meter.Heartbeats++
		t.send(cl, append(append(t.packetBuffer[:0], '3'), p[1:]...))
	case '3':
		t.meter.Heartbeats++
		cl.pinged = false
	case '4':
		return t.message(cl, p[1:])
	}
	return nil
}

// opened takes the data of the open packet.
func (t *thread) opened(cl *client, data []byte) error {
	if cl.state != opening {
		return fmt.Errorf("second open packet: %w", errPacket)
	}
	id, ok := stringField(data, "sid")
	if !ok {
		return fmt.Errorf("open packet without sid: %w", errPacket)
	}
	t.setBeats(intField(data, "pingInterval"), intField(data, "pingTimeout"))
	if cl.poll != nil {
		cl.poll.sid = string(id)
	}
	cl.state = joining
	if t.joinPacket != nil {
		t.send(cl, t.joinPacket)
	}
	return nil
}

// message takes a Socket.IO packet.
func (t *thread) message(cl *client, m []byte) error {
	if len(m) == 0 {
		return errPacket
	}
	body, mine := bytes.CutPrefix(m[1:], t.prefix)
	if !mine && !t.joinedBare(m) {
		return nil // of a namespace that is not the one under load, as revision 3's default
	}
	switch m[0] {
	case '0':
		if cl.state == joining {
			t.joined(cl, body)
		}
	case '1':
		return errNamespace
	case '4':
		return fmt.Errorf("refused by the namespace: %s", clip(body))
	case '2':
		if cl.state == ready {
			for _, w := range t.work {
				w.event(cl, body)
			}
		}
	case '3':
		return t.ack(cl, body)
	}
	return nil
}

// joinedBare tells an answer of a namespace without data, which has no comma.
func (t *thread) joinedBare(m []byte) bool {
	return (m[0] == '0' || m[0] == '1') && len(t.prefix) > 0 && string(m[1:]) == string(t.prefix[:len(t.prefix)-1])
}

func (t *thread) ack(cl *client, body []byte) error {
	id, n := uint64(0), 0
	for ; n < len(body) && body[n] >= '0' && body[n] <= '9'; n++ {
		id = id*10 + uint64(body[n]-'0')
	}
	if n == 0 || n > 16 {
		return fmt.Errorf("ack without id: %w", errPacket)
	}
	for _, w := range t.work {
		w.ack(cl, id, body[n:])
	}
	return nil
}

// stringField and intField find a field of a small object that a server writes.
func stringField(b []byte, name string) ([]byte, bool) {
	i := bytes.Index(b, []byte(`"`+name+`":"`))
	if i < 0 {
		return nil, false
	}
	v, _, ok := bytes.Cut(b[i+len(name)+4:], []byte(`"`))
	return v, ok && len(v) > 0
}

func intField(b []byte, name string) int64 {
	i := bytes.Index(b, []byte(`"`+name+`":`))
	if i < 0 {
		return 0
	}
	b = b[i+len(name)+3:]
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	v, _ := strconv.ParseInt(string(b[:n]), 10, 64)
	return v
}

// clip keeps what a server says of an error short enough to count by.
func clip(b []byte) []byte { return b[:min(len(b), 80)] }

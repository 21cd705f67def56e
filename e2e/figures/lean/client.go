package lean

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
)

type state uint8

const (
	opening state = iota // until the server has opened the session
	joining              // until it is in the namespace
	ready
	lost
)

var errSession = errors.New("session closed by the server")

// link is a client's transport.
type link interface {
	send(packet []byte)
	hangUp()
}

// Client is one client, in the default namespace.
type Client struct {
	Index int
	SID   string // of the session
	ID    string // of the socket, a room of its own
	Pings int

	fleet *Fleet
	from  netip.Addr
	to    netip.AddrPort
	link  link
	ws    *webSocket
	state state
	asked int64
}

// Ready tells that the client is there.
func (c *Client) Ready() bool { return c.state == ready }

// Emit sends an event; args is a JSON array of its name and arguments.
func (c *Client) Emit(args string) { c.send("42" + args) }

// Ask sends an event that is to be acknowledged. One at a time, since the
// acknowledgement's id is always 1.
func (c *Client) Ask(args string) {
	c.asked = Clock()
	c.send("421" + args)
}

// Asked is when the client has last asked.
func (c *Client) Asked() int64 { return c.asked }

func (c *Client) send(packet string) {
	if c.state != lost {
		c.link.send([]byte(packet))
	}
}

// StopReading leaves what the server sends in the kernel. WebSocket only.
func (c *Client) StopReading() { c.ws.conn.stopReading() }

// ReadAgain ends that.
func (c *Client) ReadAgain() { c.ws.conn.readAgain() }

// Leave hangs up without a word; the client does not count as lost.
func (c *Client) Leave() {
	if c.state == ready {
		c.fleet.Ready--
	}
	c.state = lost
	c.link.hangUp()
}

func (c *Client) lose(err error) {
	if c.state == lost {
		return
	}
	if c.state == ready {
		c.fleet.Ready--
	}
	c.state = lost
	c.fleet.Lost++
	c.fleet.Losses[err.Error()]++
	c.link.hangUp()
}

// packet takes an Engine.IO packet.
func (c *Client) packet(p []byte) error {
	if len(p) == 0 {
		return errFrame
	}
	switch p[0] {
	case '0':
		c.SID = field(p, "sid")
		c.state = joining
		c.send("40")
	case '1':
		return errSession
	case '2':
		c.Pings++
		c.send("3")
	case '4':
		return c.message(p[1:])
	}
	return nil
}

// message takes a Socket.IO packet.
func (c *Client) message(m []byte) error {
	if len(m) == 0 {
		return errFrame
	}
	switch m[0] {
	case '0':
		c.ID = field(m, "sid")
		if c.state == joining {
			c.state = ready
			c.fleet.Ready++
		}
	case '1', '4':
		return fmt.Errorf("refused or disconnected: %.80s", m)
	case '2':
		if c.fleet.OnEvent != nil {
			c.fleet.OnEvent(c, m[1:])
		}
	case '3':
		if !bytes.HasPrefix(m, []byte("31[")) {
			return fmt.Errorf("ack of what was not asked: %.80s", m)
		}
		if c.fleet.OnAck != nil {
			c.fleet.OnAck(c, m[2:])
		}
	}
	return nil
}

// field finds a string of a small object that a server writes.
func field(b []byte, name string) string {
	_, v, _ := bytes.Cut(b, []byte(`"`+name+`":"`))
	v, _, _ = bytes.Cut(v, []byte(`"`))
	return string(v)
}

// Number finds the number behind a mark, which ends with anything but a digit.
func Number(b []byte, mark string) (int64, bool) {
	i := bytes.Index(b, []byte(mark))
	if i < 0 {
		return 0, false
	}
	b = b[i+len(mark):]
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	v, err := strconv.ParseInt(string(b[:n]), 10, 64)
	return v, err == nil
}

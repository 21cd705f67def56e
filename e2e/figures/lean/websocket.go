package lean

import (
	"fmt"
	"net/netip"
)

// webSocket is a client's only connection.
type webSocket struct {
	client *Client
	conn   *conn
	shaken bool
	probe  *upgrade // until the session that a poll has opened is on it; nil: it opens one
}

// newWebSocket makes it the client's link, and connects.
func newWebSocket(c *Client, from netip.Addr, to netip.AddrPort) (err error) {
	w := &webSocket{client: c}
	if u, ok := c.link.(*upgrade); ok {
		w.probe = u
	} else {
		c.link = w
	}
	c.ws = w
	w.conn, err = c.fleet.dial(from, to, c.fleet.o.ReceiveBuffer, w)
	return err
}

func (w *webSocket) opened() {
	session := ""
	if w.probe != nil {
		session = "&sid=" + w.client.SID
	}
	w.conn.write([]byte("GET /socket.io/?EIO=4&transport=websocket" + session + " HTTP/1.1\r\nHost: " + w.client.to.String() +
		"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
		browser + "\r\n"))
}

func (w *webSocket) send(packet []byte) { w.conn.write(appendFrame(nil, packet)) }
func (w *webSocket) hangUp()            { w.conn.hangUp() }
func (w *webSocket) ended(err error)    { w.client.lose(err) }

func (w *webSocket) data(b []byte) (taken int, err error) {
	if !w.shaken {
		status, _, n, err := answer(b)
		if err != nil || n == 0 {
			return 0, err
		}
		if status != 101 {
			return 0, fmt.Errorf("handshake answered with %d", status)
		}
		w.shaken = true
		taken = n
		if w.probe != nil {
			w.send([]byte("2probe"))
		}
	}
	for w.conn.fd >= 0 {
		op, payload, n, err := frame(b[taken:])
		if err != nil || n == 0 {
			return taken, err
		}
		taken += n
		switch op {
		case opText:
			take := w.client.packet
			if w.probe != nil {
				take = w.probe.probed
			}
			if err := take(payload); err != nil {
				return taken, err
			}
		case opClose:
			return taken, errSession
		case opPing:
		default:
			return taken, errFrame
		}
	}
	return taken, nil
}

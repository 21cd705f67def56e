package lean

import "fmt"

// webSocket is a client's only connection.
type webSocket struct {
	client *Client
	conn   *conn
	shaken bool
}

func (w *webSocket) opened() {
	w.conn.write([]byte("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: " + w.client.fleet.o.Target.String() +
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
	}
	for w.conn.fd >= 0 {
		op, payload, n, err := frame(b[taken:])
		if err != nil || n == 0 {
			return taken, err
		}
		taken += n
		switch op {
		case opText:
			if err := w.client.packet(payload); err != nil {
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

package lean

import "fmt"

// upgrade is a client's link until its session, which a poll opens, is on a
// WebSocket: at once, so that nothing is under way by polling.
type upgrade struct {
	client *Client
	get    *HTTP
	held   [][]byte // packets for the WebSocket
}

func newUpgrade(c *Client) *upgrade {
	u := &upgrade{client: c, get: c.fleet.NewHTTP(c.from, c.to)}
	u.get.OnAnswer = u.polled
	u.get.Send([]byte("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: " + c.to.String() + "\r\n" + browser + "\r\n"))
	return u
}

func (u *upgrade) polled(status int, body []byte) {
	if status != 200 {
		u.client.lose(fmt.Errorf("poll answered with %d", status))
		return
	}
	if err := u.client.packet(body); err != nil {
		u.client.lose(err)
		return
	}
	u.get.Close()
	from, to := u.client.away()
	if err := newWebSocket(u.client, from, to); err != nil {
		u.client.lose(err)
	}
}

// probed takes the server's word that the WebSocket is good.
func (u *upgrade) probed(packet []byte) error {
	if string(packet) != "3probe" {
		return fmt.Errorf("probe answered with %.80q", packet)
	}
	w := u.client.ws
	w.probe, u.client.link = nil, w
	w.send([]byte("5"))
	for _, p := range u.held {
		w.send(p)
	}
	return nil
}

func (u *upgrade) send(packet []byte) { u.held = append(u.held, packet) }

func (u *upgrade) hangUp() {
	u.get.Close()
	if w := u.client.ws; w != nil && w.conn != nil {
		w.conn.hangUp()
	}
}

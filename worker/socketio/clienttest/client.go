// Package clienttest is a client of protocol 5 on a WebSocket, for the tests of
// what stands on package socketio. It says and hears packets as they are.
package clienttest

import (
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// patience is how long a packet may take that has to come.
const patience = 30 * time.Second

// Client is connected to one namespace. What goes wrong fails its test.
type Client struct {
	t    testing.TB
	Conn *websocket.Conn
	ID   string // the socket's
}

// Dial connects to the namespace ("" or "/name,") of the server at an address.
// The connection is closed with the test.
func Dial(t testing.TB, address, namespace string) *Client {
	t.Helper()
	conn, res, err := websocket.DefaultDialer.Dial("ws://"+address+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	c := &Client{t: t, Conn: conn}
	c.Next() // open
	c.Say("40" + namespace)
	_, after, _ := strings.Cut(c.Next(), `"sid":"`)
	c.ID, _, _ = strings.Cut(after, `"`)
	return c
}

// Say sends a packet.
func (c *Client) Say(packet string) {
	c.t.Helper()
	if err := c.Conn.WriteMessage(websocket.TextMessage, []byte(packet)); err != nil {
		c.t.Fatal(err)
	}
}

// Next waits for a packet.
func (c *Client) Next() string {
	c.t.Helper()
	_ = c.Conn.SetReadDeadline(time.Now().Add(patience))
	_, b, err := c.Conn.ReadMessage()
	if err != nil {
		c.t.Fatal(err)
	}
	return string(b)
}

// Hears waits for this packet.
func (c *Client) Hears(want string) {
	c.t.Helper()
	if got := c.Next(); got != want {
		c.t.Errorf("heard %s, want %s", got, want)
	}
}

// Join has the server's handler of "join" put the socket into a room.
func (c *Client) Join(room string) {
	c.t.Helper()
	c.Say(`420["join","` + room + `"]`)
	c.Hears("430[]")
}

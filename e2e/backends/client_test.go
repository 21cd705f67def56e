package backends

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// client is one of protocol 5 that sees each packet.
type client struct {
	conn *websocket.Conn
	path string // of its namespace, in packets
	id   string
}

func dial(t *testing.T, addr, namespace string) *client {
	t.Helper()
	return dialAs(t, addr, namespace, "")
}

func dialAs(t *testing.T, addr, namespace, auth string) *client {
	t.Helper()
	conn, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+addr+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	t.Cleanup(func() { _ = conn.Close() })
	c := &client{conn: conn}
	if namespace != "/" {
		c.path = namespace + ","
	}
	c.next(t)
	c.say(t, "40"+c.path+auth)
	_, after, joined := strings.Cut(c.next(t), `"sid":"`)
	if !joined {
		t.Fatalf("%s is refused", namespace)
	}
	c.id, _, _ = strings.Cut(after, `"`)
	return c
}

func (c *client) say(t *testing.T, packet string) {
	t.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(packet)); err != nil {
		t.Error(err)
	}
}

// next is the next packet that is no ping.
func (c *client) next(t *testing.T) string {
	t.Helper()
	for {
		_ = c.conn.SetReadDeadline(time.Now().Add(patience))
		_, b, err := c.conn.ReadMessage()
		if err != nil {
			t.Error(err)
			return ""
		}
		if string(b) != "2" {
			return string(b)
		}
		c.say(t, "3")
	}
}

func (c *client) says(t *testing.T, want string) {
	t.Helper()
	if got := c.next(t); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func (c *client) hears(t *testing.T, args string) {
	t.Helper()
	c.says(t, "42"+c.path+args)
}

// answers acknowledges the event that comes next.
func (c *client) answers(t *testing.T, args, with string) {
	t.Helper()
	packet := c.next(t)
	number := strings.TrimSuffix(strings.TrimPrefix(packet, "42"+c.path), args)
	if number == "" || strings.Trim(number, "0123456789") != "" {
		t.Errorf("%s, want %s and a number", packet, args)
	}
	c.say(t, "43"+c.path+number+with)
}

// conversation asks what nobody answers, and hears that next.
func (c *client) conversation(t *testing.T) {
	t.Helper()
	c.say(t, "42"+c.path+`1["anybody?"]`)
	if got := c.next(t); !strings.HasPrefix(got, "43"+c.path+`1[{"error":{"code":"backend_absent",`) {
		t.Errorf("%s, want that nobody answers", got)
	}
}

// write makes a file that only its owner reads.
func write(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

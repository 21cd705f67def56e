package command

import (
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// Times that a reload makes shorter are those of sessions from then on, and of
// the server's end: with those of the start this test would wait for an hour.
func TestReloadOfTimes(t *testing.T) {
	const hours = "workers: 2\nping-interval: 1h\n"
	l := startLive(t, hours+"upgrade-timeout: 1h\nconnect-timeout: 1h\nshutdown-timeout: 1h\n")
	l.write(t, l.config, hours+"upgrade-timeout: 100ms\nconnect-timeout: 1h\nshutdown-timeout: 1h\nlog-level: debug\n")
	l.reload(t)
	_, body := get(t, "http://"+l.address+"/socket.io/?EIO=4&transport=polling")
	var open struct{ SID string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(body, "0")), &open); err != nil {
		t.Fatal(err)
	}
	probe := l.dial(t, "&sid="+open.SID)
	if err := probe.WriteMessage(websocket.TextMessage, []byte("2probe")); err != nil {
		t.Fatal(err)
	}
	closes(t, "an upgrade that is not finished", probe)

	l.write(t, l.config, hours+"upgrade-timeout: 1h\nconnect-timeout: 100ms\nshutdown-timeout: 1s\nlog-level: debug\n")
	l.reload(t)
	closes(t, "a client that joins nothing", l.dial(t, ""))

	keepBusy(t, l.address)
	l.signal(t, syscall.SIGTERM)
	l.wait(t)
}

func (l *live) dial(t *testing.T, query string) *websocket.Conn {
	t.Helper()
	c, res, err := websocket.DefaultDialer.Dial("ws://"+l.address+"/socket.io/?EIO=4&transport=websocket"+query, http.Header{})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// closes reads until the server has ended the connection.
func closes(t *testing.T, what string, c *websocket.Conn) {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	for {
		if _, _, err := c.ReadMessage(); err != nil {
			if late, ok := err.(net.Error); ok && late.Timeout() {
				t.Errorf("%s stays", what)
			}
			return
		}
	}
}

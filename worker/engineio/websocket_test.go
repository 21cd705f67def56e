package engineio_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// socket is a WebSocket of a test.
type socket struct {
	*websocket.Conn
	t *testing.T
}

func (e *engine) socket(t *testing.T, query string) *socket {
	t.Helper()
	c, _, err := websocket.DefaultDialer.Dial("ws://"+e.addr+"/engine.io/?transport=websocket&"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(patience))
	return &socket{c, t}
}

func (s *socket) text(p string) {
	s.t.Helper()
	if err := s.WriteMessage(websocket.TextMessage, []byte(p)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *socket) next() string {
	s.t.Helper()
	_, b, err := s.ReadMessage()
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

func (s *socket) expect(p string) {
	s.t.Helper()
	if got := s.next(); got != p {
		s.t.Fatalf("received %q, want %q", got, p)
	}
}

// ended reads until the connection ends and returns the close code.
func (s *socket) ended() int {
	for {
		_, _, err := s.ReadMessage()
		if ce, ok := err.(*websocket.CloseError); ok {
			return ce.Code
		}
		if err != nil {
			return -1
		}
	}
}

func TestWebSocketEcho(t *testing.T) {
	e := start(t, nil)
	s := e.socket(t, "EIO=4")
	if open := s.next(); !strings.HasPrefix(open, `0{"sid":"`) || !strings.Contains(open, `"upgrades":[]`) {
		t.Fatalf("open packet %q", open)
	}
	s.text("4hello")
	s.expect("4hello")
	if err := s.WriteMessage(websocket.BinaryMessage, []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	s.expect("\x01\x02\x03")
	_ = s.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""))
	e.awaitClose(t, "transport close")
	if code := s.ended(); code != 1000 {
		t.Fatalf("close code %d", code)
	}
}

func TestUpgrade(t *testing.T) {
	e := start(t, nil)
	w := dial(t, e.addr)
	sid := w.handshake("EIO=4")
	q := "EIO=4&transport=polling&sid=" + sid
	w.get(q)
	s := e.socket(t, "EIO=4&sid="+sid)
	s.text("2probe")
	s.expect("3probe")
	w.expect(200, "6")
	s.text("5")
	s.text("4over websocket")
	s.expect("4over websocket")
	w.get(q)
	w.expect(400, `{"code":3,"message":"Bad request"}`)
	if st := e.server.Stats(); st.Upgrades != 1 || st.WebSocket.V4 != 1 || st.Polling.V4 != 0 {
		t.Fatalf("stats %+v", st)
	}
}

package engineio_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
)

// socket is a WebSocket of a test.
type socket struct {
	*websocket.Conn
	t testing.TB
}

// socket opens one; lines are header names and values.
func (e *engine) socket(t testing.TB, query string, lines ...string) *socket {
	t.Helper()
	h := http.Header{}
	for i := 0; i < len(lines); i += 2 {
		h.Add(lines[i], lines[i+1])
	}
	c, _, err := websocket.DefaultDialer.Dial("ws://"+e.addr+"/engine.io/?transport=websocket&"+query, h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetReadDeadline(time.Now().Add(patience))
	return &socket{c, t}
}

// opened opens one and reads the open packet.
func (e *engine) openSocket(t testing.TB, query string) *socket {
	t.Helper()
	s := e.socket(t, query)
	s.next()
	return s
}

func (s *socket) text(p string) {
	s.t.Helper()
	if err := s.WriteMessage(websocket.TextMessage, []byte(p)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *socket) binary(p string) {
	s.t.Helper()
	if err := s.WriteMessage(websocket.BinaryMessage, []byte(p)); err != nil {
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

// ended reads until the connection ends and returns the close code: 1005 for
// an empty close frame, 1006 or -1 for none.
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

// closes expects the connection to end with that code.
func (s *socket) closes(code int) {
	s.t.Helper()
	if got := s.ended(); got != code {
		s.t.Fatalf("close code %d, want %d", got, code)
	}
}

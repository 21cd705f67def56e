package socketio_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/fasthttp/websocket"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/valyala/fasthttp"
)

// The engine's hooks work under Socket.IO: a request waits for its permission,
// ids are the program's own, and headers and refusals are told.
func TestEngineHooks(t *testing.T) {
	asked, verdict := make(chan string, 10), make(chan error)
	refused := make(chan string, 10)
	engine := socketio.DefaultEngine()
	engine.AllowRequest = func(r *engineio.Request) error {
		asked <- r.Query().Get("name")
		return <-verdict
	}
	engine.GenerateID = func(r *engineio.Request) (string, error) { return "id-of-" + r.Query().Get("name"), nil }
	engine.InitialHeaders = func(h *engineio.HeaderLines, r *engineio.Request) { h.Add("X-Name", r.Query().Get("name")) }
	engine.ConnectionError = func(_ *engineio.Request, err *engineio.RequestError) { refused <- err.Message }
	s, addr := start(t, socketio.Options{Engine: engine}, nil)
	url := "ws://" + addr + "/socket.io/?EIO=3&transport=websocket&name="

	go func() { verdict <- errors.New("not today") }()
	_, res, err := websocket.DefaultDialer.Dial(url+"ann", nil)
	if err == nil || res == nil || res.StatusCode != http.StatusBadRequest {
		t.Fatalf("%v, %v", res, err)
	}
	if name, why := receive(t, asked), receive(t, refused); name != "ann" || why != "not today" {
		t.Errorf("asked of %s, refused since %s", name, why)
	}

	go func() { verdict <- nil }()
	conn, res, err := websocket.DefaultDialer.Dial(url+"bob", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if got := res.Header.Get("X-Name"); got != "bob" {
		t.Errorf("header %q", got)
	}
	c := &client{t: t, conn: conn, eio: 3}
	c.next()
	c.expect("40")
	if err := s.Of("/").To("id-of-bob").Emit("m"); err != nil { // of a client 2.x the socket's as well
		t.Error(err)
	}
	c.expect(`42["m"]`)
}

// Handlers of refused requests are added beside the hook, and do not harm each
// other.
func TestOnConnectionError(t *testing.T) {
	heard := make(chan *engineio.RequestError, 10)
	engine := socketio.DefaultEngine()
	engine.ConnectionError = func(_ *engineio.Request, err *engineio.RequestError) { heard <- err }
	s, addr := start(t, socketio.Options{Engine: engine}, nil)
	s.OnConnectionError(func(r *engineio.Request, err *engineio.RequestError) {
		if r.Query().Get("EIO") != "4" {
			t.Errorf("request %s", r.URI)
		}
		panic("boom") // others hear of it all the same
	})
	s.OnConnectionError(func(_ *engineio.Request, err *engineio.RequestError) { heard <- err })
	code, _, err := dialHTTP(t, addr).Get(nil, "http://"+addr+"/socket.io/?EIO=4&transport=polling&sid=nobody")
	if err != nil || code != fasthttp.StatusBadRequest {
		t.Fatalf("%d, %v", code, err)
	}
	for range 2 {
		if e := receive(t, heard); e.Code != engineio.UnknownSID || e.Message != "Session ID unknown" || e.Detail == "" {
			t.Errorf("heard %+v", e)
		}
	}
}

package backend_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/worker/backend"
	"github.com/ioserver/ioserver/worker/contract"
)

// The application hears how a client came, and says what it begins with, which
// goes along with what it does.
func TestAllow(t *testing.T) {
	w := begin(t, backend.Options{})
	app := w.app()
	connects, events := make(chan contract.Connect, 1), make(chan contract.Event, 1)
	subscribe(t, app, "connect._", func(m *nats.Msg) any {
		connects <- parse[contract.Connect](t, m)
		return `{"allow":{"rooms":["lobby","a b"],"data":{"user":"ann"}}}`
	})
	subscribe(t, app, "event._.>", func(m *nats.Msg) any {
		events <- parse[contract.Event](t, m)
		return `{}`
	})
	gone := farewells(t, app)

	c := w.dial()
	c.send(`40{"token":"t"}`)
	id := strings.TrimSuffix(strings.TrimPrefix(c.next(), `40{"sid":"`), `"}`)
	asked := receive(t, connects)
	if asked.ID != id || asked.Home != contract.HomeOf(id) || asked.Namespace != "/" || string(asked.Handshake.Auth) != `{"token":"t"}` ||
		asked.Handshake.Address != "127.0.0.1" || asked.Handshake.Query["who"][0] != "me" || asked.Handshake.Headers["host"] != w.addr {
		t.Errorf("asked %+v", asked)
	}
	if at, err := time.Parse(time.RFC3339, asked.Handshake.Time); err != nil || at.UnixMilli() != asked.Handshake.Issued {
		t.Errorf("time %q is not %d: %v", asked.Handshake.Time, asked.Handshake.Issued, err)
	}
	if err := w.io.Of("/").To("a b").Emit("hello", 1); err != nil {
		t.Fatal(err)
	}
	c.expect(`42["hello",1]`)
	c.send(`420["say",1]`)
	c.expect(`430[]`)
	e := receive(t, events)
	if e.ID != id || e.Event != "say" || string(e.Args) != `[1]` || !e.Ack || strings.Join(e.Rooms, "|") != id+"|lobby|a b" || string(e.Data) != `{"user":"ann"}` {
		t.Errorf("event %+v", e)
	}
	c.send("41")
	d := receive(t, gone)
	if d.ID != id || d.Reason != "client namespace disconnect" || strings.Join(d.Rooms, "|") != id+"|lobby|a b" || string(d.Data) != `{"user":"ann"}` {
		t.Errorf("disconnect %+v", d)
	}
}

// A refusal is told as it is, and there is no farewell for it.
func TestRefuse(t *testing.T) {
	w := begin(t, backend.Options{})
	app := w.app()
	subscribe(t, app, "connect.*", func(m *nats.Msg) any {
		if parse[contract.Connect](t, m).Handshake.Auth[1] == '"' {
			return `{"refuse":{"message":"not you","data":{"code":7}}}`
		}
		return `{"allow":{}}`
	})
	gone := farewells(t, app)
	c := w.dial()
	c.send(`40{"no":1}`)
	c.expect(`44{"message":"not you","data":{"code":7}}`)
	if n := w.calls(backend.Connect, "refused"); n != 1 {
		t.Errorf("%d refused", n)
	}
	_, id := w.join()
	for _, s := range w.io.Of("/").Sockets() {
		s.Disconnect(true)
	}
	if d := receive(t, gone); d.ID != id || d.Reason != "forced server close" && d.Reason != "server namespace disconnect" {
		t.Errorf("%+v", d)
	}
	if len(gone) != 0 || w.backend.Stats().Sockets != 0 {
		t.Errorf("%d more farewells, %d owed", len(gone), w.backend.Stats().Sockets)
	}
}

// Where nobody is there to be asked clients are refused at once, or let in; in
// either case they are told what their events meet.
func TestAbsent(t *testing.T) {
	w := begin(t, backend.Options{Timeout: time.Hour})
	c := w.dial()
	c.send("40")
	c.expect(`44{"message":"the application is not there","data":{"code":"backend_absent"}}`)
	if s := w.backend.Stats(); s.Sockets != 0 {
		t.Errorf("%d farewells are owed", s.Sockets)
	}

	w = begin(t, backend.Options{Timeout: time.Hour, AllowAbsent: true})
	c, id := w.join()
	c.send(`420["say"]`)
	c.expect(`430[{"error":{"code":"backend_absent","message":"the application is not there"}}]`)
	// Whoever comes later is told of the end.
	gone := farewells(t, w.app())
	c.send("41")
	if d := receive(t, gone); d.ID != id {
		t.Errorf("%+v", d)
	}
}

// An end that nobody is there to hear waits for somebody.
func TestFarewellWaits(t *testing.T) {
	w := begin(t, backend.Options{AllowAbsent: true})
	c, id := w.join()
	c.send("41")
	until(t, "the farewell waits", func() bool { return w.backend.Stats().Farewells == 1 })
	gone := farewells(t, w.app())
	if d := receive(t, gone); d.ID != id {
		t.Errorf("%+v", d)
	}
	until(t, "nothing waits", func() bool { return w.backend.Stats().Farewells == 0 })
}

// An application that does not answer in time is as good as absent; it may have
// heard, so it hears of the end.
func TestConnectTimesOut(t *testing.T) {
	w := begin(t, backend.Options{Timeout: 100 * time.Millisecond})
	app := w.app()
	ids := make(chan string, 1)
	subscribe(t, app, "connect.*", func(m *nats.Msg) any {
		ids <- parse[contract.Connect](t, m).ID
		return nil
	})
	gone := farewells(t, app)
	c := w.dial()
	c.send("40")
	c.expect(`44{"message":"the application has not answered in time","data":{"code":"backend_timeout"}}`)
	if d := receive(t, gone); d.ID != receive(t, ids) || d.Reason != "transport close" {
		t.Errorf("%+v", d)
	}
}

// A client that leaves before it is let in is told of all the same.
func TestGoneMeanwhile(t *testing.T) {
	w := begin(t, backend.Options{})
	app := w.app()
	asked := make(chan *nats.Msg, 1)
	subscribe(t, app, "connect.*", func(m *nats.Msg) any {
		asked <- m
		return nil
	})
	gone := farewells(t, app)
	c := w.dial()
	c.send("40")
	m := receive(t, asked)
	_ = c.conn.Close()
	until(t, "the session is closed", func() bool { s := w.io.Engine().Stats(); return s.WebSocket.V4 == 0 })
	if err := m.Respond([]byte(`{"allow":{"rooms":["a"]}}`)); err != nil {
		t.Fatal(err)
	}
	if d := receive(t, gone); d.ID != parse[contract.Connect](t, m).ID {
		t.Errorf("%+v", d)
	}
}

// A client whose end has been told by another worker while the application was
// asked about it does not come in, and is told of no more: it comes back as
// another.
func TestDisownedMeanwhile(t *testing.T) {
	w := begin(t, backend.Options{})
	app := w.app()
	asked := make(chan *nats.Msg, 1)
	subscribe(t, app, "connect.*", func(m *nats.Msg) any { asked <- m; return nil })
	told := farewells(t, app)
	c := w.dial()
	c.send("40")
	m := receive(t, asked)
	w.backend.Disown(parse[contract.Connect](t, m).ID)
	if err := m.Respond([]byte(`{"allow":{"rooms":["a"],"data":1}}`)); err != nil {
		t.Fatal(err)
	}
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	if _, b, err := c.conn.ReadMessage(); err == nil || os.IsTimeout(err) {
		t.Errorf("it is still there: %s, %v", b, err)
	}
	until(t, "the application's answer is counted", func() bool { return w.calls(backend.Connect, "answered") == 1 })
	if err := w.io.Close(); err != nil { // after what was to be told
		t.Error(err)
	}
	if s := w.backend.Stats(); s.Sockets != 0 || len(told) != 0 {
		t.Errorf("%d owed, %d told", s.Sockets, len(told))
	}
}

// What cannot be understood refuses, whatever is done about absence, and the log
// counts it.
func TestMalformedConnectAnswer(t *testing.T) {
	w := begin(t, backend.Options{AllowAbsent: true})
	app := w.app()
	answers := []string{`{"allow":{"data":"` + strings.Repeat("x", 32<<10) + `"}}`, `{"allow":{"rooms":[""]}}`, `nonsense`, `{}`, `{"allow":{"colour":1}}`}
	next := make(chan string, len(answers))
	subscribe(t, app, "connect.*", func(*nats.Msg) any { return <-next })
	for _, a := range answers {
		next <- a
		c := w.dial()
		c.send("40")
		c.expect(`44{"message":"the application's answer could not be understood","data":{"code":"backend_error"}}`)
	}
	if n := w.calls(backend.Connect, "malformed"); n != len(answers) {
		t.Errorf("%d malformed", n)
	}
	if n := w.log.count("a backend's answer is malformed"); n != 1 {
		t.Errorf("%d log lines", n)
	}
	if err := w.backend.Close(); err != nil { // the rest is said at the end
		t.Error(err)
	}
	if n := w.log.count(`allow.colour\"","count":4`); n != 1 { // ends unheard may be four as well
		t.Errorf("the log does not count: %s", w.log.text.String())
	}
}

package backend_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/worker/backend"
	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// Whatever a client sends comes back as it was, binary and odd names included.
func TestEventRoundTrip(t *testing.T) {
	w := begin(t, backend.Options{})
	app := w.app()
	allow(t, app)
	subscribe(t, app, "event._.*", func(m *nats.Msg) any {
		return map[string]any{"args": parse[contract.Event](t, m).Args}
	})
	c, _ := w.join()
	for i, args := range []string{`"plain"`, `"a.b *>",{"x":[null,1.50]}`, `"émile",{"$binary":"x"}`} {
		c.send(fmt.Sprintf(`42%d[%s]`, i, args))
	}
	c.expect(`430[]`, `431[{"x":[null,1.50]}]`, `432[{"$binary":"x"}]`)
	c.send(`451-3["bin",{"_placeholder":true,"num":0}]`)
	if err := c.conn.WriteMessage(2, []byte{0, 1, 255}); err != nil {
		t.Fatal(err)
	}
	c.expect(`461-3[{"_placeholder":true,"num":0}]`, "\x00\x01\xff")
}

// Events of one socket are told one after the other, whatever takes how long,
// and by whom; those of others do not wait.
func TestOrder(t *testing.T) {
	w := begin(t, backend.Options{})
	held := make(chan *nats.Msg, 1)
	heard := make(chan string, 100)
	for range 3 { // processes of one application
		app := w.app()
		allow(t, app)
		subscribe(t, app, "event._.slow", func(m *nats.Msg) any { held <- m; return nil })
		subscribe(t, app, "event._.fast", func(m *nats.Msg) any {
			heard <- string(parse[contract.Event](t, m).Args)
			return `{}`
		})
	}
	a, _ := w.join()
	b, _ := w.join()
	a.send(`42["slow"]`)
	m := receive(t, held)
	for i := range 20 {
		a.send(fmt.Sprintf(`42["fast",%d]`, i))
	}
	b.send(`420["fast","b"]`)
	b.expect(`430[]`)
	if got := receive(t, heard); got != `["b"]` {
		t.Fatalf("heard %s before the answer", got)
	}
	if err := m.Respond(nil); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		if got := receive(t, heard); got != fmt.Sprintf("[%d]", i) {
			t.Fatalf("heard %s, want %d", got, i)
		}
	}
}

// An event that is not answered costs its time, and no other's; the next of its
// socket is told then.
func TestTimeout(t *testing.T) {
	w := begin(t, backend.Options{Timeout: 200 * time.Millisecond})
	app := w.app()
	allow(t, app)
	told := make(chan string, 10)
	subscribe(t, app, "event._.never", func(m *nats.Msg) any { told <- m.Subject; return nil })
	subscribe(t, app, "event._.fast", func(*nats.Msg) any { return `{"args":[1]}` })
	c, _ := w.join()
	c.send(`420["never"]`)
	c.send(`421["fast"]`)
	c.expect(`430[{"error":{"code":"backend_timeout","message":"the application has not answered in time"}}]`, `431[1]`)
	if n := len(told); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// An answer that is none is an error for its event.
func TestMalformedEventAnswer(t *testing.T) {
	w := begin(t, backend.Options{})
	app := w.app()
	allow(t, app)
	subscribe(t, app, "event._.bad", func(*nats.Msg) any { return `{"result":1}` })
	subscribe(t, app, "event._.binary", func(*nats.Msg) any { return `{"args":[{"$binary":"%"}]}` })
	subscribe(t, app, "event._.good", func(*nats.Msg) any { return `{"args":[2]}` })
	c, _ := w.join()
	const bad = `[{"error":{"code":"backend_error","message":"the application's answer could not be understood"}}]`
	for i, event := range []string{"bad", "binary", "bad", "good"} {
		c.send(fmt.Sprintf(`42%d["%s"]`, i, event))
	}
	c.expect("430"+bad, "431"+bad, "432"+bad, "433[2]")
	if n := w.log.count("a backend's answer is malformed"); n != 1 {
		t.Errorf("%d log lines", n)
	}
	if n := w.calls(backend.Event, "malformed"); n != 3 {
		t.Errorf("%d malformed", n)
	}
}

// An event that NATS does not take is refused, by its size.
func TestTooLarge(t *testing.T) {
	w := begin(t, backend.Options{})
	app := w.app()
	allow(t, app)
	subscribe(t, app, "event._.*", func(*nats.Msg) any { return `{}` })
	c, _ := w.join()
	c.send(`451-1["bin",{"_placeholder":true,"num":0}]`)
	if err := c.conn.WriteMessage(2, make([]byte, 900_000)); err != nil { // a third more in base64
		t.Fatal(err)
	}
	c.send(`422["small"]`)
	c.expect(`431[{"error":{"code":"too_large","message":"the event or its answer is too large"}}]`, `432[]`)
}

// A process of the application that dies amid an event costs that event its
// time: nobody else is told it. What comes then goes to the others.
func TestApplicationDies(t *testing.T) {
	w := begin(t, backend.Options{Timeout: time.Second})
	dies, lives := w.app(), w.app()
	allow(t, dies)
	told := make(chan string, 10)
	subscribe(t, dies, "event._.work", func(*nats.Msg) any {
		told <- "dies"
		return nil
	})
	c, _ := w.join()
	c.send(`420["work"]`)
	receive(t, told)
	dies.Close()
	subscribe(t, lives, "event._.work", func(*nats.Msg) any {
		told <- "lives"
		return `{"args":["done"]}`
	})
	c.send(`421["work"]`)
	c.expect(`430[{"error":{"code":"backend_timeout","message":"the application has not answered in time"}}]`, `431["done"]`)
	if len(told) != 1 {
		t.Errorf("told %d times more", len(told))
	}
}

// An event that this program handles itself is nobody else's.
func TestHandledHere(t *testing.T) {
	w := begin(t, backend.Options{})
	app := w.app()
	allow(t, app)
	told := make(chan string, 10)
	subscribe(t, app, "event._.>", func(m *nats.Msg) any { told <- m.Subject; return `{}` })
	w.io.Of("/").On("here", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack("here") })
	c, _ := w.join()
	c.send(`420["here"]`)
	c.send(`421["there"]`)
	c.expect(`430["here"]`, `431[]`)
	if got := receive(t, told); got != "ioserver.test.v1.on.event._.there" || len(told) > 0 {
		t.Errorf("told %s and %d more", got, len(told))
	}
}

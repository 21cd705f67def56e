package backend_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/worker/backend"
)

// An event that is slow takes half of the places, so that others go on; of those
// that wait for a place too many are refused, by name and with a counter.
func TestBounds(t *testing.T) {
	const most = 4 // two for one name, of which four may wait
	w := begin(t, backend.Options{InFlight: most, Timeout: time.Minute})
	app := w.app()
	allow(t, app)
	held := make(chan *nats.Msg, 10)
	subscribe(t, app, "event._.slow", func(m *nats.Msg) any { held <- m; return nil })
	subscribe(t, app, "event._.fast", func(*nats.Msg) any { return `{}` })
	clients := make([]*client, 6)
	for i := range clients {
		clients[i], _ = w.join()
		clients[i].send(`420["slow"]`)
	}
	until(t, "two are under way, four wait", func() bool {
		s := w.backend.Stats()
		return s.InFlight == 2 && s.Waiting == 4
	})
	last, _ := w.join()
	last.send(`420["slow"]`)
	last.expect(`430[{"error":{"code":"backend_overloaded","message":"too much waits for the application"}}]`)
	if n := w.calls(backend.Event, "overloaded"); n != 1 {
		t.Errorf("%d overloaded", n)
	}
	for i := range 10 {
		last.send(fmt.Sprintf(`42%d["fast"]`, i))
		last.expect(fmt.Sprintf(`43%d[]`, i))
	}
	for range clients {
		if err := receive(t, held).Respond(nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range clients {
		c.expect(`430[]`)
	}
	if s := w.backend.Stats(); s.InFlight != 0 || s.Waiting != 0 {
		t.Errorf("%+v", s)
	}
}

// What waits for a place does not wait for longer than its time.
func TestWaitingEnds(t *testing.T) {
	w := begin(t, backend.Options{InFlight: 1, Timeout: 300 * time.Millisecond})
	app := w.app()
	allow(t, app)
	told := make(chan struct{}, 10)
	subscribe(t, app, "event._.never", func(*nats.Msg) any { told <- struct{}{}; return nil })
	a, _ := w.join()
	b, _ := w.join()
	a.send(`420["never"]`)
	receive(t, told)
	b.send(`420["never"]`)
	a.expect(`430[{"error":{"code":"backend_timeout","message":"the application has not answered in time"}}]`)
	switch got := b.next(); got { // its place came in time, or did not
	case `430[{"error":{"code":"backend_overloaded","message":"too much waits for the application"}}]`,
		`430[{"error":{"code":"backend_timeout","message":"the application has not answered in time"}}]`:
	default:
		t.Errorf("got %s", got)
	}
}

// Many clients that come at once are asked for in their turns, none is refused.
func TestCrowdConnects(t *testing.T) {
	w := begin(t, backend.Options{InFlight: 2, Timeout: time.Minute})
	allow(t, w.app())
	clients := make([]*client, 50)
	for i := range clients {
		clients[i] = w.dial()
		clients[i].send("40")
	}
	for _, c := range clients {
		if got := c.next(); got[:2] != "40" {
			t.Fatalf("got %s", got)
		}
	}
}

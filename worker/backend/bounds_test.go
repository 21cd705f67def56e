package backend_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/worker/backend"
	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
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

// Ends that an application is slow to hear hold few handlers: what others do goes
// on. In the end each is told, once.
func TestEndsHoldFewHandlers(t *testing.T) {
	w := &world{t: t, log: new(journal), limits: socketio.Limits{Handlers: 8}}
	w.begin(backend.Options{InFlight: 1, Timeout: time.Minute})
	w.io.Of("/other").On("hello", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
	app := w.app()
	allow(t, app)
	told := farewells(t, app)
	held := make(chan *nats.Msg, 1)
	subscribe(t, app, "event._.slow", func(m *nats.Msg) any { held <- m; return nil })
	const leaving = 20
	clients := make([]*client, leaving)
	for i := range clients {
		clients[i], _ = w.join()
	}
	slow, _ := w.join()
	slow.send(`420["slow"]`)
	m := receive(t, held)
	for _, c := range clients {
		_ = c.conn.Close()
	}
	until(t, "they have left", func() bool { return w.io.Stats().Sockets == 1 })
	other := w.dial()
	other.send("40/other,")
	if got := other.next(); got[:2] != "40" {
		t.Fatalf("got %s", got)
	}
	other.send(`42/other,0["hello"]`)
	other.expect(`43/other,0[]`)
	if err := m.Respond(nil); err != nil {
		t.Fatal(err)
	}
	slow.expect(`430[]`)
	ids := make(map[string]bool)
	for range leaving {
		ids[receive(t, told).ID] = true
	}
	until(t, "none is owed", func() bool { return w.backend.Stats().Sockets == 1 && w.backend.Stats().Farewells == 0 })
	if len(ids) != leaving || len(told) != 0 {
		t.Errorf("%d sockets' ends were told, %d twice", len(ids), len(told))
	}
}

// Ends that nobody was there to hear are told soon when somebody is, also to an
// application that does not answer them.
func TestManyFarewellsWait(t *testing.T) {
	w := begin(t, backend.Options{})
	app := w.app()
	allow(t, app)
	const leaving = 200
	clients := make([]*client, leaving)
	for i := range clients {
		clients[i], _ = w.join()
	}
	for _, c := range clients {
		_ = c.conn.Close()
	}
	until(t, "nobody hears it", func() bool { return w.backend.Stats().Farewells == leaving })
	told := make(chan string, 2*leaving)
	subscribe(t, app, "disconnect.*", func(m *nats.Msg) any {
		told <- parse[contract.Disconnect](t, m).ID
		return nil
	})
	ids := make(map[string]bool)
	for range leaving {
		ids[receive(t, told)] = true
	}
	until(t, "none waits", func() bool { return w.backend.Stats().Farewells == 0 })
	if len(ids) != leaving || len(told) != 0 {
		t.Errorf("%d sockets' ends were told, %d twice", len(ids), len(told))
	}
}

// owing is a Ledger.
type owing struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (o *owing) Owe(id string, _ []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ids[id] = true
}

func (o *owing) Settled(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.ids, id)
}

// Where the time to end is over, what the application was told is owed no more,
// and what is owed it was not told: another worker tells that.
func TestHurry(t *testing.T) {
	ledger := &owing{ids: make(map[string]bool)}
	w := begin(t, backend.Options{InFlight: 4, Ledger: ledger})
	app := w.app()
	allow(t, app)
	const leaving = 12
	told := make(chan string, 2*leaving)
	subscribe(t, app, "disconnect.*", func(m *nats.Msg) any {
		told <- parse[contract.Disconnect](t, m).ID
		return nil
	})
	clients := make([]*client, leaving)
	for i := range clients {
		clients[i], _ = w.join()
	}
	for _, c := range clients {
		_ = c.conn.Close()
	}
	first := receive(t, told)
	w.backend.Hurry()
	if err := w.io.Close(); err != nil {
		t.Error(err)
	}
	if err := w.backend.Close(); err != nil {
		t.Error(err)
	}
	if err := app.Flush(); err != nil {
		t.Error(err)
	}
	if err := app.Drain(); err != nil {
		t.Error(err)
	}
	until(t, "the application has heard all", app.IsClosed)
	close(told)
	heard := map[string]int{first: 1}
	for id := range told {
		heard[id]++
	}
	ledger.mu.Lock()
	defer ledger.mu.Unlock()
	for id, n := range heard {
		if n != 1 || ledger.ids[id] {
			t.Errorf("%s was told %d times, and owed yet: %t", id, n, ledger.ids[id])
		}
	}
	if len(heard)+len(ledger.ids) != leaving {
		t.Errorf("%d told, %d owed", len(heard), len(ledger.ids))
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

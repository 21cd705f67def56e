package adaptertest

import (
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
)

// patience is how long the suite waits for what must come.
const patience = 20 * time.Second

// Join makes the end of a server with that home, not started yet. The suite
// starts and closes it; what else it holds is closed by t.Cleanup.
type Join func(t testing.TB, home sid.Home) socketio.Adapter

// Run runs the suite. cluster is called for each of its tests, and returns what
// joins the servers of one cluster that nobody else is in.
func Run(t *testing.T, cluster func(t testing.TB) Join) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Join)
	}{
		{"Peers", peers},
		{"Met", met},
		{"Publish", publish},
		{"Rooms", rooms},
		{"WantsAreCounted", counted},
		{"Direct", direct},
		{"Order", order},
		{"Senders", senders},
		{"Bytes", content},
		{"Blocked", blocked},
		{"Within", within},
		{"Close", closing},
		{"Successor", successor},
		{"Servers", servers},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, cluster(t)) })
	}
}

// end is a started adapter, and what it has received.
type end struct {
	socketio.Adapter
	t testing.TB

	mu      sync.Mutex
	changed chan struct{} // closed and replaced with each call
	busy    bool          // the receiver is being called
	got     []message
	alive   map[socketio.Peer]bool
	on      func(message) // called with each message, without the lock
}

type message struct {
	from socketio.Peer
	text string
}

// open starts the ends of n servers, which know each other when it returns.
func open(t *testing.T, join Join, n int) []*end {
	t.Helper()
	var all []*end
	for i := range n {
		all = append(all, start(t, join, home(i)))
	}
	for _, e := range all {
		e.until("the others are there", func() bool { return e.count() == n-1 })
	}
	return all
}

func home(i int) sid.Home { return sid.Home{Node: uint16(300 + i/2), Slot: uint8(i % 2)} }

func start(t *testing.T, join Join, h sid.Home) *end {
	t.Helper()
	e := &end{Adapter: join(t, h), t: t, changed: make(chan struct{}), alive: make(map[socketio.Peer]bool)}
	if got := e.Home(); got != h {
		t.Fatalf("home %v, want %v", got, h)
	}
	if err := e.Start((*receiver)(e)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

// receiver is an end as its adapter sees it.
type receiver end

// Receive keeps a message.
func (r *receiver) Receive(from socketio.Peer, data []byte) {
	e := (*end)(r)
	e.enter()
	m := message{from, string(data)}
	if e.on != nil {
		e.on(m)
	}
	e.leave(func() {
		if !e.alive[from] {
			e.t.Errorf("a message of %v, of which nothing was told", from)
		}
		e.got = append(e.got, m)
	})
}

// PeerChanged keeps who is there.
func (r *receiver) PeerChanged(p socketio.Peer, alive bool) {
	e := (*end)(r)
	e.enter()
	e.leave(func() {
		if p.Life == 0 || p.Home == e.Home() {
			e.t.Errorf("told of %v", p)
		}
		for q, there := range e.alive {
			if alive && there && q.Home == p.Home {
				e.t.Errorf("%v comes while %v is there", p, q)
			}
		}
		e.alive[p] = alive
	})
}

// enter checks that the receiver's calls come one at a time.
func (e *end) enter() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.busy {
		e.t.Error("the receiver is called while it is being called")
	}
	e.busy = true
}

func (e *end) leave(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.busy = false
	f()
	close(e.changed)
	e.changed = make(chan struct{})
}

// until waits until ok, which is called with mu held.
func (e *end) until(what string, ok func() bool) {
	e.t.Helper()
	deadline := time.After(patience)
	for {
		e.mu.Lock()
		over, changed := ok(), e.changed
		e.mu.Unlock()
		if over {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			e.t.Fatalf("not in time: %s", what)
		}
	}
}

// count is how many others are there. mu is held.
func (e *end) count() int {
	n := 0
	for _, there := range e.alive {
		if there {
			n++
		}
	}
	return n
}

// texts waits for the message "end", and returns those before it, for ever.
func (e *end) texts() []string {
	e.t.Helper()
	var out []string
	e.until(`the message "end"`, func() bool {
		for i, m := range e.got {
			if m.text == "end" {
				for _, m := range e.got[:i] {
					out = append(out, m.text)
				}
				e.got = e.got[i+1:]
				return true
			}
		}
		return false
	})
	return out
}

func (e *end) publish(namespace string, rooms []string, text string) {
	e.t.Helper()
	if err := e.Publish(namespace, rooms, []byte(text)); err != nil {
		e.t.Errorf("publish: %v", err)
	}
}

func (e *end) direct(to *end, text string) {
	e.t.Helper()
	if err := e.Direct(to.Home(), []byte(text)); err != nil {
		e.t.Errorf("direct: %v", err)
	}
}

// want waits until the want is confirmed.
func (e *end) want(namespace, room string) {
	e.t.Helper()
	select {
	case <-e.Want(namespace, room):
	case <-time.After(patience):
		e.t.Fatalf("the want of %s is not confirmed", room)
	}
}

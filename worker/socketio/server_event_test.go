package socketio_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
)

// workers starts servers that are joined by a bus; set knows their number.
func workers(t testing.TB, n int, limits socketio.Limits, set func(int, *socketio.Server)) []*node {
	t.Helper()
	hub := broker.NewHub()
	var nodes []*node
	for i := range n {
		bus := hub.Connect()
		t.Cleanup(func() { _ = bus.Close() })
		f, err := feed.New(bus, feed.Options{Cluster: "test", Origin: feed.Origin{Node: 7, Slot: uint8(i)}})
		if err != nil {
			t.Fatal(err)
		}
		s, addr := start(t, socketio.Options{Feed: f, Key: clusterKey, Limits: limits}, func(s *socketio.Server) { set(i, s) })
		nodes = append(nodes, &node{s, addr, f, bus})
	}
	return nodes
}

func TestServerSideEmit(t *testing.T) {
	type heard struct {
		worker int
		text   string
		from   sid.Home
	}
	events := make(chan heard, 100)
	nodes := workers(t, 3, socketio.Limits{}, func(i int, s *socketio.Server) {
		for _, name := range []string{"/", "/admin"} {
			s.Of(name).OnServerSide("e", func(e *socketio.ServerEvent) {
				var args []any
				elements, err := e.Args().Split()
				for range elements {
					args = append(args, nil)
				}
				targets := make([]any, len(args))
				for i := range args {
					targets[i] = &args[i]
				}
				if err == nil {
					err = e.Decode(targets...)
				}
				if err != nil {
					t.Error(err)
				}
				events <- heard{i, fmt.Sprintf("%s %s %v", name, e.Name(), args), e.From()}
			})
		}
		s.Of("/").On("e", func(*socketio.Socket, *socketio.Event) { t.Error("a client's handler heard of it") })
	})
	c := connect(t, nodes[1].addr)
	tests := []struct {
		from      int
		namespace string
		args      []any
		want      string
	}{
		{0, "/", nil, "/ e []"},
		{1, "/admin", []any{1, "x", nil, map[string]any{"a": true}}, "/admin e [1 x <nil> map[a:true]]"},
		{2, "/", []any{[]byte("one"), map[string]any{"b": [][]byte{[]byte("two"), {}}}}, "/ e [[111 110 101] map[b:[[116 119 111] []]]]"},
		{0, "/", []any{json.RawMessage(`{"raw": [1]}`), &socketio.Args{JSON: json.RawMessage(`[2,"3"]`)}}, "/ e [map[raw:[1]] 2 3]"},
	}
	for _, tt := range tests {
		if err := nodes[tt.from].Of(tt.namespace).ServerSideEmit("e", tt.args...); err != nil {
			t.Fatal(err)
		}
		seen := map[int]bool{tt.from: true}
		for range 2 {
			h := receive(t, events)
			if h.text != tt.want || h.from != (sid.Home{Node: 7, Slot: uint8(tt.from)}) || seen[h.worker] {
				t.Errorf("got %+v, want %q of worker %d", h, tt.want, tt.from)
			}
			seen[h.worker] = true
		}
	}
	for i, n := range nodes {
		if st := n.Stats(); st.ServerEvents != st.ServerEventsReceived || st.ServerEvents == 0 || st.BusMalformed+st.ServerEventsIgnored != 0 {
			t.Errorf("worker %d: %+v", i, st)
		}
	}
	if n := nodes[0].Stats().ServerEventsSent; n != 2 {
		t.Errorf("%d sent, want 2", n)
	}
	c.send(`42["none"]`) // nothing of all that has reached the client
	_ = nodes[1].Of("/").Emit("end")
	c.expect(`42["end"]`)
}

// Events of each sender come in its order, one at a time in a namespace, while
// another namespace's handler blocks.
func TestServerSideOrder(t *testing.T) {
	const events = 500
	release, busy := make(chan struct{}), false
	next, done := map[sid.Home]int{}, make(chan struct{})
	nodes := workers(t, 3, socketio.Limits{}, func(i int, s *socketio.Server) {
		if i != 0 {
			return
		}
		s.Of("/blocked").OnServerSide("n", func(*socketio.ServerEvent) { <-release })
		all := 0
		s.Of("/").OnServerSide("n", func(e *socketio.ServerEvent) {
			if busy {
				t.Error("two handlers at a time")
			}
			busy = true
			defer func() { busy = false }()
			runtime.Gosched()
			var n int
			if err := e.Decode(&n); err != nil || n != next[e.From()] {
				t.Errorf("got %d of %v, want %d: %v", n, e.From(), next[e.From()], err)
			}
			next[e.From()]++
			if all++; all == 2*events {
				close(done)
			}
		})
	})
	_ = nodes[1].Of("/blocked").ServerSideEmit("n")
	for _, n := range nodes[1:] {
		go func() {
			for i := range events {
				if err := n.Of("/").ServerSideEmit("n", i); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	receive(t, done)
	close(release)
}

func TestServerSideRefused(t *testing.T) {
	nodes := workers(t, 2, socketio.Limits{ServerEventBytes: 1000}, func(int, *socketio.Server) {})
	alone, _ := start(t, socketio.Options{}, nil)
	for name, tt := range map[string]struct {
		event string
		arg   any
		want  error
	}{
		"connect":       {"connect", 1, socketio.ErrReserved},
		"connection":    {"connection", 1, socketio.ErrReserved},
		"new_namespace": {"new_namespace", 1, socketio.ErrReserved},
		"invalid JSON":  {"e", json.RawMessage(`{`), socketio.ErrInvalidJSON},
		"too large":     {"e", strings.Repeat("x", 1000), socketio.ErrTooLarge},
		"large binary":  {"e", make([]byte, 1000), socketio.ErrTooLarge},
	} {
		if err := nodes[0].Of("/").ServerSideEmit(tt.event, tt.arg); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		if err := alone.Of("/").ServerSideEmit(tt.event, tt.arg); tt.want != socketio.ErrTooLarge && !errors.Is(err, tt.want) {
			t.Errorf("%s, alone: %v", name, err)
		}
	}
	many := make([][]byte, 1001)
	for i := range many {
		many[i] = []byte{}
	}
	roomy := workers(t, 2, socketio.Limits{}, func(int, *socketio.Server) {})
	if err := roomy[0].Of("/").ServerSideEmit("e", many); !errors.Is(err, socketio.ErrTooLarge) {
		t.Errorf("1,001 attachments: %v", err)
	}
	for _, name := range []string{"disconnect", "connect_error", ""} { // as in the reference
		if err := roomy[0].Of("/").ServerSideEmit(name, many[:1000]); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	until(t, "events without a handler are ignored", func() bool { return roomy[1].Stats().ServerEventsIgnored == 3 })
	if err := roomy[0].Close(); err != nil {
		t.Error(err)
	}
	if err := roomy[0].Of("/").ServerSideEmit("e"); !errors.Is(err, socketio.ErrClosed) {
		t.Errorf("after close: %v", err)
	}
}

// Events that wait are bounded, in number and in bytes; what is over is dropped
// and counted, and broadcasts go on.
func TestServerEventOverflow(t *testing.T) {
	for name, limits := range map[string]socketio.Limits{
		"events": {ServerEvents: 5},
		"bytes":  {ServerEventBytes: 5*(256+1+len("[0]")) + 100},
	} {
		t.Run(name, func(t *testing.T) {
			release, got := make(chan struct{}), make(chan int, 100)
			nodes := workers(t, 2, limits, func(_ int, s *socketio.Server) {
				s.Of("/").OnServerSide("e", func(e *socketio.ServerEvent) {
					<-release
					var n int
					_ = e.Decode(&n)
					got <- n
				})
			})
			c := connect(t, nodes[1].addr)
			for i := range 9 {
				if err := nodes[0].Of("/").ServerSideEmit("e", i); err != nil {
					t.Error(err)
				}
			}
			_ = nodes[0].Of("/").Emit("m")
			c.expect(`42["m"]`)
			until(t, "four are dropped", func() bool { return nodes[1].Stats().ServerEventOverflows == 4 })
			close(release)
			for i := range 5 {
				if n := receive(t, got); n != i {
					t.Errorf("got %d, want %d", n, i)
				}
			}
			until(t, "all are handled", func() bool { return nodes[1].Stats().ServerEvents == 5 })
			_ = nodes[0].Of("/").ServerSideEmit("e", 9)
			if n := receive(t, got); n != 9 {
				t.Errorf("got %d afterwards", n)
			}
		})
	}
}

// A handler that panics, or ends its goroutine, keeps nobody from the next
// event.
func TestServerEventPanic(t *testing.T) {
	got := make(chan string, 10)
	nodes := workers(t, 2, socketio.Limits{}, func(_ int, s *socketio.Server) {
		ns := s.Of("/")
		ns.OnServerSide("panic", func(*socketio.ServerEvent) { panic("boom") })
		ns.OnServerSide("exit", func(*socketio.ServerEvent) { runtime.Goexit() })
		ns.OnServerSide("e", func(e *socketio.ServerEvent) { got <- "first" })
		ns.OnServerSide("e", func(e *socketio.ServerEvent) { got <- "second" })
	})
	for range 3 {
		for _, name := range []string{"panic", "exit", "e"} {
			_ = nodes[0].Of("/").ServerSideEmit(name)
		}
		if a, b := receive(t, got), receive(t, got); a != "first" || b != "second" {
			t.Errorf("got %q and %q", a, b)
		}
	}
	if n := nodes[1].Stats().Panics; n != 3 {
		t.Errorf("%d panics counted", n)
	}
}

// Close waits for a handler, which may still use the server, and what waits
// behind it is not handled.
func TestServerEventClose(t *testing.T) {
	entered, release, closed := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	ended := false
	nodes := workers(t, 2, socketio.Limits{}, func(i int, s *socketio.Server) {
		s.Of("/").OnServerSide("e", func(*socketio.ServerEvent) {
			if ended {
				t.Error("handled after the end")
			}
			close(entered)
			<-release
			_ = s.Of("/").Emit("m")
			_ = s.Of("/").Sockets()
			ended = true
		})
	})
	for range 3 {
		_ = nodes[0].Of("/").ServerSideEmit("e")
	}
	receive(t, entered)
	until(t, "all have come", func() bool { return nodes[1].Stats().ServerEventsReceived == 3 })
	until(t, "the two know each other", func() bool { return nodes[0].feed.Alive(7, 1) })
	go func() { closed <- nodes[1].Close() }()
	// The feed's last beat goes out when its end has begun; only then is the
	// handler let go.
	until(t, "the other has said goodbye", func() bool { return !nodes[0].feed.Alive(7, 1) })
	select {
	case <-closed:
		t.Error("close has not waited")
	default:
	}
	close(release)
	if err := receive(t, closed); err != nil || !ended {
		t.Errorf("closed with %v, handler ended: %v", err, ended)
	}
}

// Who is heard hears: the answer to an event that was received arrives, whether
// or not the two had met before.
func TestServerSideAnswer(t *testing.T) {
	hub := broker.NewHub()
	newWorker := func(slot uint8, set func(*socketio.Server)) *socketio.Server {
		bus := hub.Connect()
		t.Cleanup(func() { _ = bus.Close() })
		f, err := feed.New(bus, feed.Options{Cluster: "test", Origin: feed.Origin{Slot: slot}})
		if err != nil {
			t.Fatal(err)
		}
		s, _ := start(t, socketio.Options{Feed: f, Key: clusterKey}, set)
		return s
	}
	for i := range 3 {
		newWorker(uint8(i), func(s *socketio.Server) {
			ns := s.Of("/")
			ns.OnServerSide("who", func(*socketio.ServerEvent) { _ = ns.ServerSideEmit("me") })
		})
	}
	answers := make(chan sid.Home, 10)
	late := newWorker(9, func(s *socketio.Server) {
		s.Of("/").OnServerSide("me", func(e *socketio.ServerEvent) { answers <- e.From() })
	})
	if err := late.Of("/").ServerSideEmit("who"); err != nil {
		t.Fatal(err)
	}
	seen := map[sid.Home]bool{}
	for range 3 {
		seen[receive(t, answers)] = true
	}
	if len(seen) != 3 {
		t.Errorf("answers of %v", seen)
	}
}

func TestLookup(t *testing.T) {
	s, addr := start(t, socketio.Options{}, nil)
	if n := s.Lookup("/a"); n != nil {
		t.Errorf("found %q", n.Name())
	}
	c := connect(t, addr)
	c.send("40/a,")
	c.expect(`44/a,{"message":"Invalid namespace"}`)
	a := s.Of("/a")
	if s.Lookup("a") != a || s.Lookup("/a") != a || s.Lookup("/") != s.Of("/") {
		t.Error("not found")
	}
}

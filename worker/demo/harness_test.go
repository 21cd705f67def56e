package demo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/demo"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/loop"
	"github.com/ioserver/ioserver/worker/socketio"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

var key = sid.NewKey([16]byte{1, 2, 3})

// cluster is several workers on one machine, and the table that the master
// would keep of them.
type cluster struct {
	t     *testing.T
	hub   *broker.Hub
	mu    sync.Mutex
	table []demo.Worker
	next  int
}

func newCluster(t *testing.T) *cluster { return &cluster{t: t, hub: broker.NewHub(), next: 1000} }

func (c *cluster) workers() []demo.Worker {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]demo.Worker(nil), c.table...)
}

func (c *cluster) set(w demo.Worker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.table) <= w.Slot {
		c.table = append(c.table, demo.Worker{Slot: len(c.table)})
	}
	c.table[w.Slot] = w
}

// worker is one life of a slot.
type worker struct {
	t    *testing.T
	slot int
	pid  int
	addr string
	bus  *broker.Memory
	stop func()
}

// start starts a worker in the slot. It is not in the table where silent.
func (c *cluster) start(slot int, change ...func(*demo.Options)) *worker {
	c.t.Helper()
	c.next++
	w := &worker{t: c.t, slot: slot, pid: c.next, bus: c.hub.Connect()}
	logger := slog.New(slog.NewTextHandler(io.Discard, nil))
	f, err := feed.New(w.bus, feed.Options{Cluster: "test", Origin: feed.Origin{Slot: uint8(slot)}, Logger: logger})
	if err != nil {
		c.t.Fatal(err)
	}
	events, err := loop.New(loop.Options{Logger: logger})
	if err != nil {
		c.t.Fatal(err)
	}
	server, err := socketio.NewServer(socketio.Options{Loop: events, Feed: f, Key: key, Logger: logger})
	if err != nil {
		c.t.Fatal(err)
	}
	o := demo.Options{Slot: slot, PID: w.pid, Version: "v1 <test>", Path: "/socket.io/", Workers: c.workers, Logger: logger}
	for _, f := range change {
		f(&o)
	}
	if o.Workers != nil {
		c.set(demo.Worker{Slot: slot, PID: w.pid, Serving: true})
	}
	d := demo.New(server, o)
	front := engineio.NewFront(events, engineio.FrontOptions{Fallback: d.Page, Logger: logger})
	front.Mount(server.Engine())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.t.Fatal(err)
	}
	w.addr = listener.Addr().String()
	var all sync.WaitGroup
	all.Go(func() { _ = events.Run() })
	all.Go(func() { _ = front.Serve(listener) })
	w.stop = sync.OnceFunc(func() {
		if err := d.Close(); err != nil {
			c.t.Error(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = front.Close(ctx)
		_ = server.Close()
		_ = w.bus.Close()
		events.Stop()
		all.Wait()
	})
	c.t.Cleanup(w.stop)
	return w
}

// kill ends the worker as a signal would, as far as others can see: it says
// nothing any more.
func (w *worker) kill() {
	w.bus.Interrupt()
	w.stop()
}

type person struct {
	ID, Name, Room, Transport string
	Slot, PID                 int
}

type message struct {
	ID, Key, Room, Name, Text string
	At                        int64
	Slot, PID                 int
}

type tile struct {
	Slot, PID, Clients int
	Up                 bool
}

type answer struct {
	Error    *struct{ Code, Message string }
	Me       person
	Messages []message
	People   []person
	Rooms    []string
	Workers  []tile
	Version  string
	TextMax  int

	message // of say
}

// client is a tab.
type client struct {
	t      *testing.T
	conn   *websocket.Conn
	acks   int
	seen   []message // that came by themselves
	people map[string]person
	tiles  []tile
}

func (w *worker) connect() *client {
	w.t.Helper()
	conn, resp, err := websocket.DefaultDialer.Dial("ws://"+w.addr+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = resp.Body.Close()
	w.t.Cleanup(func() { _ = conn.Close() })
	c := &client{t: w.t, conn: conn, people: make(map[string]person)}
	c.read() // open
	c.send("40")
	c.read()
	return c
}

func (c *client) send(text string) {
	c.t.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) read() string {
	c.t.Helper()
	for {
		_ = c.conn.SetReadDeadline(time.Now().Add(patience))
		_, b, err := c.conn.ReadMessage()
		if err != nil {
			c.t.Fatalf("read: %v", err)
		}
		if string(b) == "2" {
			c.send("3")
			continue
		}
		c.take(string(b))
		return string(b)
	}
}

// take notes what the server says by itself.
func (c *client) take(packet string) {
	c.t.Helper()
	body, ok := strings.CutPrefix(packet, "42")
	if !ok {
		return
	}
	var event []json.RawMessage
	var name string
	c.decode(body, &event)
	c.decode(string(event[0]), &name)
	switch name {
	case "message":
		var m message
		c.decode(string(event[1]), &m)
		c.seen = append(c.seen, m)
	case "pulse":
		var p struct {
			Put  []person
			Gone []string
		}
		c.decode(string(event[1]), &p)
		for _, x := range p.Put {
			c.people[x.ID] = x
		}
		for _, id := range p.Gone {
			delete(c.people, id)
		}
	case "workers":
		c.tiles = nil
		c.decode(string(event[1]), &c.tiles)
	}
}

func (c *client) decode(text string, v any) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		c.t.Fatalf("%s: %v", text, err)
	}
}

// call emits an event and returns the raw acknowledgement.
func (c *client) call(event string, args ...any) string {
	c.t.Helper()
	c.acks++
	b, err := json.Marshal(append([]any{event}, args...))
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(fmt.Sprintf("42%d%s", c.acks, b))
	for {
		if rest, ok := strings.CutPrefix(c.read(), "43"+strconv.Itoa(c.acks)+"["); ok {
			return strings.TrimSuffix(rest, "]")
		}
	}
}

func (c *client) ask(event string, args ...any) answer {
	c.t.Helper()
	var a answer
	c.decode(c.call(event, args...), &a)
	return a
}

type object map[string]any

// enter enters a room and notes who is there.
func (c *client) enter(name, room string, seen ...string) answer {
	c.t.Helper()
	a := c.ask("enter", object{"name": name, "room": room, "transport": "websocket", "seen": seen})
	if a.Error != nil {
		c.t.Fatalf("%s enters %s: %s", name, room, a.Error.Message)
	}
	c.people = make(map[string]person)
	for _, p := range a.People {
		c.people[p.ID] = p
	}
	c.tiles = a.Workers
	return a
}

func (c *client) say(text string) answer {
	c.t.Helper()
	a := c.ask("say", object{"text": text, "key": ""})
	if a.Error != nil {
		c.t.Fatalf("saying %q: %s", text, a.Error.Message)
	}
	return a
}

// until reads what comes until it is so.
func (c *client) until(what string, ok func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); c.read() {
		if time.Now().After(deadline) {
			c.t.Fatalf("not in time: %s; people %v, tiles %v, seen %v", what, c.people, c.tiles, c.seen)
		}
	}
}

// heard waits for so many messages and returns their texts.
func (c *client) heard(n int) []string {
	c.t.Helper()
	c.until(fmt.Sprintf("%d messages", n), func() bool { return len(c.seen) >= n })
	return texts(c.seen)
}

func texts(messages []message) []string {
	out := make([]string, len(messages))
	for i, m := range messages {
		out[i] = m.Text
	}
	return out
}

// names are those present, as "name@slot".
func (c *client) present(name string, slot int) bool {
	for _, p := range c.people {
		if p.Name == name && p.Slot == slot {
			return true
		}
	}
	return false
}

package socketio_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
)

var clusterKey = sid.NewKey([16]byte{1, 2, 3})

// node is a worker of a cluster in this process.
type node struct {
	*socketio.Server
	addr string
	feed *feed.Feed
	bus  *broker.Memory
}

// cluster starts workers that are joined by a bus in memory. with changes the
// options of each.
func cluster(t testing.TB, n int, set func(*socketio.Server), with ...func(*socketio.Options)) []*node {
	t.Helper()
	hub := broker.NewHub()
	var nodes []*node
	for i := range n {
		bus := hub.Connect()
		f, err := feed.New(bus, feed.Options{Cluster: "test", Origin: feed.Origin{Slot: uint8(i)}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = bus.Close() })
		o := socketio.Options{Feed: f, Key: clusterKey}
		for _, change := range with {
			change(&o)
		}
		s, addr := start(t, o, set)
		nodes = append(nodes, &node{s, addr, f, bus})
	}
	return nodes
}

func TestClusterBroadcast(t *testing.T) {
	nodes := cluster(t, 3, serveRooms)
	var clients []*client
	for _, n := range nodes {
		c := connect(t, n.addr)
		c.call("join", `["all"]`, "")
		clients = append(clients, c)
	}
	clients[1].call("join", `["one"]`, "")

	ns := nodes[0].Of("/")
	_ = ns.Emit("m", 1)
	_ = ns.To("all").Emit("m", 2)
	_ = ns.To("one").Emit("m", 3)
	_ = ns.To("all", "one").Emit("m", 4)
	_ = ns.To("all").Except("one").Emit("m", 5)
	_ = ns.To("all").Local().Emit("m", 6)
	_ = ns.Volatile().Emit("m", 7)
	_ = ns.Emit("m", map[string]any{"b": []byte("bytes")})
	binary := []string{`451-["m",{"b":{"_placeholder":true,"num":0}}]`, `b"bytes"`}
	clients[0].expect(append([]string{`42["m",1]`, `42["m",2]`, `42["m",4]`, `42["m",5]`, `42["m",6]`, `42["m",7]`}, binary...)...)
	clients[1].expect(append([]string{`42["m",1]`, `42["m",2]`, `42["m",3]`, `42["m",4]`, `42["m",7]`}, binary...)...)
	clients[2].expect(append([]string{`42["m",1]`, `42["m",2]`, `42["m",4]`, `42["m",5]`, `42["m",7]`}, binary...)...)

	// From a socket: to the others, wherever they are, and not to itself.
	clients[0].call("to", `["all"],[],"hi"`, "")
	clients[1].expect(`42["m","hi"]`)
	clients[2].expect(`42["m","hi"]`)
	_ = ns.Emit("end")
	for _, c := range clients {
		c.expect(`42["end"]`)
	}
}

// A message to one socket costs its home one message, and the others none.
func TestClusterToSocket(t *testing.T) {
	nodes := cluster(t, 3, serveRooms)
	connect(t, nodes[2].addr)
	four, three := dial(t, nodes[1].addr, 4, ""), dial(t, nodes[1].addr, 3, "")
	id := four.join("/")
	three.expect("40")
	before := nodes[2].Stats().Received
	for i, target := range []string{id, three.sid} {
		_ = nodes[0].Of("/").To(target).Emit("m", i)
		_ = nodes[1].Of("/").To(target).Emit("m", i)
	}
	four.expect(`42["m",0]`, `42["m",0]`)
	three.expect(`42["m",1]`, `42["m",1]`)
	if got := nodes[0].feed.Stats().Published; got != 2 {
		t.Errorf("worker 0 published %d messages, want 2", got)
	}
	if got := nodes[1].feed.Stats().Published; got != 0 {
		t.Errorf("worker 1, their home, published %d messages", got)
	}
	if got := nodes[2].Stats().Received; got != before {
		t.Errorf("worker 2 received %d messages", got-before)
	}

	// A room of that name elsewhere would never be reached.
	socket := nodes[2].Of("/").Sockets()[0]
	if err := socket.Join(id); !errors.Is(err, socketio.ErrRoomName) {
		t.Errorf("joining another socket's id: %v", err)
	}
	if err := socket.Join(socket.ID()); err != nil {
		t.Errorf("joining its own: %v", err)
	}
	// An id of another key is a room like any other.
	forged := string(sid.NewKey([16]byte{9}).Append(nil, sid.SocketIO, sid.Home{Slot: 1}, [12]byte{}))
	if err := socket.Join(forged); err != nil {
		t.Error(err)
	}
	_ = nodes[0].Of("/").To(forged).Emit("m")
}

func TestClusterProtocol4Namespace(t *testing.T) {
	nodes := cluster(t, 2, func(s *socketio.Server) { s.Of("/admin") })
	c := dial(t, nodes[1].addr, 3, "")
	c.expect("40")
	c.send("40/admin,")
	c.expect("40/admin,")
	if err := nodes[0].Of("/admin").To("/admin#"+c.sid).Emit("m", 1); err != nil {
		t.Fatal(err)
	}
	c.expect(`42/admin,["m",1]`)
}

// What is emitted after a Join has returned arrives, from whichever worker.
func TestJoinThenPublish(t *testing.T) {
	const rounds = 200
	joined := make(chan string)
	nodes := cluster(t, 2, func(s *socketio.Server) {
		s.Of("/").On("join", func(s *socketio.Socket, e *socketio.Event) {
			for i := range rounds {
				room := fmt.Sprintf("room %d", i)
				if err := s.Join(room); err != nil {
					t.Error(err)
				}
				joined <- room
			}
		})
	})
	c := connect(t, nodes[0].addr)
	c.send(`42["join"]`)
	for range rounds {
		room := receive(t, joined)
		_ = nodes[1].Of("/").To(room).Emit("m", room)
		c.expect(`42["m","` + room + `"]`)
	}
	if n := nodes[0].Stats().JoinsUnconfirmed; n != 0 {
		t.Errorf("%d joins were not confirmed", n)
	}
}

// Joining and leaving from many goroutines leaves no bucket behind, and none
// out.
func TestJoinLeaveRaces(t *testing.T) {
	nodes := cluster(t, 2, serveRooms)
	var clients []*client
	for range 4 {
		clients = append(clients, connect(t, nodes[0].addr))
	}
	sockets := nodes[0].Of("/").Sockets()
	var all sync.WaitGroup
	for _, s := range sockets {
		for range 2 {
			all.Go(func() {
				for i := range 200 {
					room := fmt.Sprint(i % 7)
					if i%3 == 0 {
						_ = s.Leave(room)
					} else if err := s.Join(room); err != nil {
						t.Error(err)
					}
				}
				for i := range 7 {
					_ = s.Join(fmt.Sprint(i))
				}
			})
		}
	}
	all.Wait()
	for i := range 7 {
		_ = nodes[1].Of("/").To(fmt.Sprint(i)).Emit("m", i)
	}
	for _, c := range clients {
		for i := range 7 {
			c.expect(fmt.Sprintf(`42["m",%d]`, i))
		}
	}
}

// Without a bus local delivery goes on and Join does not wait for ever; when
// the bus is back, other workers' messages arrive.
func TestBusOutage(t *testing.T) {
	nodes := cluster(t, 2, serveRooms)
	c := connect(t, nodes[0].addr)
	nodes[0].bus.Interrupt()
	began := time.Now()
	c.call("join", `["a"]`, "") // waits, in vain
	c.call("join", `["b"]`, "") // does not wait any more
	c.call("join", `["c"]`, "")
	if n := nodes[0].Stats().JoinsUnconfirmed; n != 3 {
		t.Errorf("%d joins were not confirmed, want 3, after %v", n, time.Since(began))
	}
	_ = nodes[0].Of("/").To("a").Emit("local")
	c.expect(`42["local"]`)
	nodes[0].bus.Restore()
	c.call("join", `["d"]`, "")
	socket := nodes[0].Of("/").Sockets()[0]
	until(t, "all are confirmed", func() bool {
		before := nodes[0].Stats().JoinsUnconfirmed
		return socket.Join("a", "b", "c", "d") == nil && nodes[0].Stats().JoinsUnconfirmed == before
	})
	for _, room := range []string{"a", "b", "c", "d"} {
		_ = nodes[1].Of("/").To(room).Emit("m", room)
		c.expect(`42["m","` + room + `"]`)
	}
}

func TestFeedOptions(t *testing.T) {
	bus := broker.NewHub().Connect()
	defer bus.Close() //nolint:errcheck // nothing depends on it
	newFeed := func() *feed.Feed {
		f, err := feed.New(bus, feed.Options{Cluster: "test", Origin: feed.Origin{Slot: 3}})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	engine := socketio.DefaultEngine()
	engine.GenerateID = nil
	for name, o := range map[string]socketio.Options{
		"no key":     {Feed: newFeed()},
		"other home": {Feed: newFeed(), Key: clusterKey, Home: sid.Home{Slot: 4}},
	} {
		if s, err := socketio.NewServer(o); err == nil {
			t.Errorf("%s: accepted", name)
			_ = s.Close()
		}
	}
}

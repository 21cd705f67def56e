package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/socketio/inmemory"
)

// newCluster is two servers in one process. Those of several processes are
// joined over NATS, and used in the same way.
func newCluster() (a, b *socketio.Server) {
	var hub inmemory.Hub
	key := sid.NewKey([16]byte{1}) // a secret that all share
	a = newExample(socketio.Options{Adapter: hub.Join(sid.Home{Slot: 0}), Key: key})
	b = newExample(socketio.Options{Adapter: hub.Join(sid.Home{Slot: 1}), Key: key})
	return a, b
}

// Every client is asked, whichever server it is connected to. Who has not
// answered in time is known, too.
func ExampleBroadcast_EmitWithAck() {
	a, b := newCluster()
	defer func() { _, _ = a.Close(), b.Close() }()
	quick, slow := visit(a, "/", ""), visit(b, "/", "")
	defer quick.leave()
	defer slow.leave()
	go func() {
		quick.hear()
		quick.write(`430["tea"]`)
	}()

	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	acks, err := a.EmitWithAck(ctx, "tea or coffee?")
	for _, answer := range acks.Answers {
		var choice string
		_ = answer.Args.Decode(&choice)
		fmt.Println("one wants", choice)
	}
	var partial *socketio.PartialError
	if errors.As(err, &partial) {
		fmt.Println(len(acks.Missing), "has not answered, of the worker in slot", partial.Missing[0].Slot)
	}
	// Output:
	// heard: 0["tea or coffee?"]
	// one wants tea
	// 1 has not answered, of the worker in slot 1
}

// Sockets are found wherever they are, and a handle reaches each.
func ExampleBroadcast_FetchSockets() {
	a, b := newCluster()
	defer func() { _, _ = a.Close(), b.Close() }()
	b.Of("/").Use(func(s *socketio.Socket) error { return s.SetData("ann") })
	ann := visit(b, "/", "")
	defer ann.leave()

	sockets, err := a.Of("/").FetchSockets(context.Background())
	if err != nil {
		fmt.Println("not all have answered:", err)
	}
	for _, s := range sockets {
		var name string
		_ = s.Data(&name)
		fmt.Println(name, "is in", len(s.Rooms()), "room")
		_ = s.Emit("hello", name)
	}
	ann.hear()
	// Output:
	// ann is in 1 room
	// heard: ["hello","ann"]
}

// Many sockets join a room in one call; what is emitted to it next reaches them.
func ExampleBroadcast_SocketsJoin() {
	a, b := newCluster()
	defer func() { _, _ = a.Close(), b.Close() }()
	client := visit(b, "/", "")
	defer client.leave()

	if err := a.SocketsJoin("everybody"); err != nil {
		fmt.Println(err)
	}
	_ = a.To("everybody").Emit("welcome")
	_ = a.To("everybody").DisconnectSockets(false)
	client.hear()
	fmt.Println("packet:", client.read())
	// Output:
	// heard: ["welcome"]
	// packet: 41
}

// The other workers' applications are asked.
func ExampleNamespace_ServerSideEmitWithAck() {
	a, b := newCluster()
	defer func() { _, _ = a.Close(), b.Close() }()
	b.Of("/").OnServerSide("load", func(e *socketio.ServerEvent) { _ = e.Ack(42) })

	answers, err := a.ServerSideEmitWithAck(context.Background(), "load")
	if err != nil {
		fmt.Println("not all have answered:", err)
	}
	for _, answer := range answers {
		fmt.Printf("slot %d: %s\n", answer.From.Slot, answer.Args.JSON)
	}
	// Output: slot 1: [42]
}

package inmemory_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/socketio/inmemory"
)

// Two servers of one process, each with a loop of its own, are one to their
// clients.
func Example() {
	var hub inmemory.Hub
	key := sid.NewKey([16]byte{1}) // which all servers share: in earnest a secret
	open := func(slot uint8) *socketio.Server {
		io, err := socketio.NewServer(socketio.Options{Adapter: hub.Join(sid.Home{Slot: slot}), Key: key})
		if err != nil {
			log.Fatal(err)
		}
		io.Of("/").OnServerSide("load", func(e *socketio.ServerEvent) { _ = e.Ack(len(io.Of("/").Sockets())) })
		return io
	}
	a, b := open(0), open(1)
	defer a.Close()
	defer b.Close()

	answers, err := a.Of("/").ServerSideEmitWithAck(context.Background(), "load")
	if err != nil {
		log.Fatal(err)
	}
	for _, answer := range answers {
		var clients int
		_ = answer.Args.Decode(&clients)
		fmt.Printf("slot %d has %d clients\n", answer.From.Slot, clients)
	}
	// Output: slot 1 has 0 clients
}

package socketio_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// hears has a server tell of all that it sends: who, what, and with what.
func hears(heard chan<- string) func(*socketio.Socket, *socketio.Outgoing) {
	return func(s *socketio.Socket, o *socketio.Outgoing) {
		heard <- fmt.Sprintf("%s %s %s %d %v", s.ID(), o.Name(), o.Args().JSON, len(o.Args().Attachments), o.WantsAck())
	}
}

func TestOnAnyOutgoing(t *testing.T) {
	heard := make(chan string, 20)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").OnAnyOutgoing(hears(heard))
		s.Of("/").On("echo", func(s *socketio.Socket, e *socketio.Event) { _ = e.Ack(); _ = s.Emit("echoed", 1) })
		s.Of("/other")
	})
	c := dial(t, addr, 4, "")
	id := c.join("/")
	c.join("/other")
	one := s.Of("/").Sockets()[0]
	want := func(what string) {
		t.Helper()
		if got := receive(t, heard); got != id+" "+what {
			t.Errorf("heard %q, want %q", got, what)
		}
	}
	_ = one.Emit("one", "x", map[string]int{"a": 1})
	want(`one ["x",{"a":1}] 0 false`)
	_ = s.Of("/").Emit("é\n")
	want("é\n [] 0 false")
	_ = s.Of("/other").Emit("not heard")
	_ = s.Of("/").To(id).Volatile().Emit("binary", []byte("bytes"))
	want(`binary [{"_placeholder":true,"num":0}] 1 false`)
	_ = s.Of("/").Except(id).Emit("to nobody")
	c.send(`421["echo"]`)
	want("echoed [1] 0 false")
	ctx, cancel := context.WithCancel(t.Context())
	go func() { _, _ = one.EmitWithAck(ctx, "question") }()
	want("question [] 0 true")
	cancel()
	go func() { _, _ = s.Of("/").EmitWithAck(context.Background(), "all") }()
	want("all [] 0 true")
	if len(heard) > 0 {
		t.Errorf("also heard %s", <-heard)
	}
}

// What another worker sends is heard where the client is, once for each client.
func TestOnAnyOutgoingInCluster(t *testing.T) {
	heard := []chan string{make(chan string, 10), make(chan string, 10)}
	i := 0
	nodes := cluster(t, 2, func(s *socketio.Server) { s.Of("/").OnAnyOutgoing(hears(heard[i])); i++ })
	a, b := dial(t, nodes[1].addr, 4, ""), dial(t, nodes[1].addr, 4, "")
	ids := map[string]bool{a.join("/"): true, b.join("/"): true}
	_ = nodes[0].Of("/").Compress(false).Emit("m", 1)
	for range 2 {
		var id, rest string
		if _, err := fmt.Sscan(receive(t, heard[1]), &id, &rest); err != nil || !ids[id] || rest != "m" {
			t.Errorf("heard %s of %s, %v", rest, id, err)
		}
		delete(ids, id)
	}
	if len(heard[0]) > 0 {
		t.Errorf("the sender's worker heard %s", <-heard[0])
	}
}

// Listeners that are behind are not told of more, and the client does not
// suffer.
func TestOutgoingOverflow(t *testing.T) {
	const most, more = 5, 20
	hold, begun := make(chan struct{}), make(chan struct{}, 1)
	heard := make(chan string, most+more)
	s, addr := start(t, socketio.Options{Limits: socketio.Limits{QueuedEvents: most}}, func(s *socketio.Server) {
		s.Of("/").On("block", func(*socketio.Socket, *socketio.Event) { begun <- struct{}{}; <-hold })
		s.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
		s.Of("/").OnAnyOutgoing(func(_ *socketio.Socket, o *socketio.Outgoing) { heard <- o.Name() })
	})
	c := connect(t, addr)
	c.send(`42["block"]`)
	receive(t, begun)
	for i := range most + more {
		_ = s.Of("/").Emit("m", i)
		c.expect(fmt.Sprintf(`42["m",%d]`, i))
	}
	until(t, "some are not told of", func() bool { return s.Stats().OutgoingOverflows >= more })
	close(hold)
	c.send(`421["echo"]`)
	c.expect("431[]")
	if n := uint64(len(heard)) + s.Stats().OutgoingOverflows; n != most+more {
		t.Errorf("%d told of, or counted", n)
	}
}

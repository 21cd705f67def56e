package socketio_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestAckOnce(t *testing.T) {
	results := make(chan error, 10)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").On("x", func(_ *socketio.Socket, e *socketio.Event) {
			if !e.WantsAck() {
				results <- e.Ack("unasked")
				return
			}
			results <- e.Ack(make(chan int)) // cannot be encoded: may be tried again
			results <- e.Ack("first", []byte("b"))
			results <- e.Ack("second")
		})
	})
	c := connect(t, addr)
	c.send(`4217["x"]`)
	c.expect(`461-17["first",{"_placeholder":true,"num":0}]`, `b"b"`)
	if err := receive(t, results); err == nil {
		t.Error("a channel was encoded")
	}
	if err := receive(t, results); err != nil {
		t.Error(err)
	}
	if err := receive(t, results); !errors.Is(err, socketio.ErrAcked) {
		t.Errorf("second ack: %v", err)
	}
	c.send(`42["x"]`)
	if err := receive(t, results); !errors.Is(err, socketio.ErrNoAck) {
		t.Errorf("unasked ack: %v", err)
	}
}

// An event may be acknowledged later, by anyone.
func TestAckLater(t *testing.T) {
	events := make(chan *socketio.Event, 2)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/a").On("x", func(_ *socketio.Socket, e *socketio.Event) { events <- e })
	})
	c := dial(t, addr, 4, "")
	c.join("/a")
	c.send(`42/a,1["x",1]`)
	c.send(`42/a,2["x",2]`)
	first, second := receive(t, events), receive(t, events)
	var n int
	if err := second.Decode(&n); err != nil || n != 2 {
		t.Errorf("decoded %d, %v", n, err)
	}
	_ = second.Ack(n)
	c.expect(`43/a,2[2]`)
	c.send("41/a,")
	c.join("/a")
	if err := first.Ack(); !errors.Is(err, socketio.ErrDisconnected) {
		t.Errorf("ack after the end: %v", err)
	}
}

func TestEmitWithAck(t *testing.T) {
	sockets := make(chan *socketio.Socket, 1)
	s, addr := start(t, socketio.Options{Limits: socketio.Limits{AcksPerSocket: 2}}, func(s *socketio.Server) {
		s.Of("/").OnConnection(func(s *socketio.Socket) { sockets <- s })
	})
	c := connect(t, addr)
	socket := receive(t, sockets)
	type answer struct {
		args *socketio.Args
		err  error
	}
	answers := make(chan answer, 4)
	ask := func(ctx context.Context) {
		args, err := socket.EmitWithAck(ctx, "q", 1)
		answers <- answer{args, err}
	}
	ctx := context.Background()

	go ask(ctx)
	c.expect(`420["q",1]`)
	c.send(`430["text",{"a":1}]`)
	a := receive(t, answers)
	var text string
	if a.err != nil {
		t.Fatal(a.err)
	}
	if err := a.args.Decode(&text); err != nil || text != "text" {
		t.Errorf("decoded %q, %v", text, err)
	}

	go ask(ctx)
	c.expect(`421["q",1]`)
	c.send(`461-1[{"_placeholder":true,"num":0}]`)
	c.sendBinary([]byte("bin"))
	a = receive(t, answers)
	var b []byte
	if err := a.args.Decode(&b); err != nil || string(b) != "bin" {
		t.Errorf("decoded %q, %v", b, err)
	}

	// Who gives up is not answered, and makes room for others.
	short, cancel := context.WithCancel(ctx)
	go ask(short)
	c.expect(`422["q",1]`)
	cancel()
	if a = receive(t, answers); !errors.Is(a.err, context.Canceled) {
		t.Errorf("cancelled: %v", a.err)
	}
	c.send(`432["late"]`)

	go ask(ctx)
	go ask(ctx)
	c.next()
	c.next()
	if _, err := socket.EmitWithAck(ctx, "q"); !errors.Is(err, socketio.ErrTooManyAcks) {
		t.Errorf("a third: %v", err)
	}
	if n := s.Stats().AckOverflows; n != 1 {
		t.Errorf("%d overflows counted", n)
	}
	_ = c.conn.Close()
	for range 2 {
		if a = receive(t, answers); !errors.Is(a.err, socketio.ErrDisconnected) {
			t.Errorf("after the end: %v", a.err)
		}
	}
	if _, err := socket.EmitWithAck(ctx, "q"); !errors.Is(err, socketio.ErrDisconnected) {
		t.Errorf("after the end: %v", err)
	}
	if _, err := socket.EmitWithAck(ctx, "connect"); !errors.Is(err, socketio.ErrReserved) {
		t.Errorf("reserved: %v", err)
	}
}

// A handler may wait for an acknowledgement of its own socket.
func TestEmitWithAckInHandler(t *testing.T) {
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").On("ask", func(s *socketio.Socket, e *socketio.Event) {
			args, err := s.EmitWithAck(context.Background(), "q")
			if err != nil {
				t.Error(err)
			}
			_ = e.Ack(args)
		})
	})
	c := connect(t, addr)
	c.send(`425["ask"]`)
	c.expect(`420["q"]`)
	c.send(`430["a",2]`)
	c.expect(`435["a",2]`)
}

func TestEmitErrors(t *testing.T) {
	s, addr := roomServer(t, socketio.Options{})
	connect(t, addr)
	ns := s.Of("/")
	for _, socket := range ns.Sockets() {
		if err := socket.Emit("disconnect"); !errors.Is(err, socketio.ErrReserved) {
			t.Errorf("reserved: %v", err)
		}
		if err := socket.Emit("x", func() {}); err == nil {
			t.Error("a function was encoded")
		}
	}
	if err := ns.Emit("x", func() {}); err == nil {
		t.Error("a function was encoded")
	}
	_ = s.Close()
	if err := ns.Emit("x"); !errors.Is(err, socketio.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
	if got := ns.Sockets(); len(got) != 0 {
		t.Errorf("sockets of a closed server: %v", got)
	}
}

// A client ahead of its handler is read from as long as a handler asks it.
func TestAckWhilePaused(t *testing.T) {
	for name, early := range map[string]bool{"asked before": true, "asked after": false} {
		t.Run(name, func(t *testing.T) {
			results := make(chan error, 1)
			ask := make(chan struct{})
			s, addr := start(t, socketio.Options{Limits: socketio.Limits{QueuedEvents: 20}}, func(s *socketio.Server) {
				s.Of("/").On("ask", func(s *socketio.Socket, e *socketio.Event) {
					<-ask
					_, err := s.EmitWithAck(t.Context(), "question")
					results <- err
				})
				s.Of("/").On("n", func(*socketio.Socket, *socketio.Event) {})
			})
			c := connect(t, addr)
			c.send(`42["ask"]`)
			if early {
				close(ask)
				c.expect(`420["question"]`)
			}
			for range 200 {
				c.send(`42["n","` + strings.Repeat("x", 100) + `"]`)
			}
			if !early {
				until(t, "the client is paused", func() bool { return s.Stats().Pauses > 0 })
				close(ask)
				c.expect(`420["question"]`)
			}
			c.send(`430[]`)
			if err := receive(t, results); err != nil {
				t.Error(err)
			}
		})
	}
}

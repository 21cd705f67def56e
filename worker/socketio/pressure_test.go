package socketio_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/socketio"
)

// A client ahead of its handler is not read from; nothing of it is lost.
func TestPause(t *testing.T) {
	const events = 2000
	for name, limits := range map[string]socketio.Limits{
		"events": {QueuedEvents: 20},
		"bytes":  {QueuedBytes: 20_000},
	} {
		t.Run(name, func(t *testing.T) {
			release, next := make(chan struct{}), 0
			s, addr := start(t, socketio.Options{Limits: limits}, func(s *socketio.Server) {
				s.Of("/").On("n", func(_ *socketio.Socket, e *socketio.Event) {
					<-release
					var n int
					if err := e.Decode(&n); err != nil || n != next {
						t.Errorf("event %d came as %d, %v", next, n, err)
					}
					if next++; next == events {
						_ = e.Ack()
					}
				})
				s.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
			})
			c, other := connect(t, addr), connect(t, addr)
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				for i := range events {
					c.send(fmt.Sprintf(`421["n",%d,"%s"]`, i, strings.Repeat("x", 500)))
				}
			}()
			until(t, "the client is paused", func() bool { return s.Stats().Pauses > 0 })
			other.send(`421["echo"]`)
			other.expect("431[]")
			close(release)
			<-sent
			c.expect("431[]")
			if n := s.Stats().EventOverflows; n != 0 {
				t.Errorf("%d overflows", n)
			}
		})
	}
}

// What a client sends in one piece may not exceed a bound of its own.
func TestEventOverflow(t *testing.T) {
	release := make(chan struct{})
	reasons := make(chan string, 1)
	s, addr := start(t, socketio.Options{Limits: socketio.Limits{QueuedEvents: 5, BurstEvents: 50}}, func(s *socketio.Server) {
		s.Of("/").On("n", func(*socketio.Socket, *socketio.Event) { <-release })
		s.Of("/").OnDisconnect(func(_ *socketio.Socket, r string) { reasons <- r })
	})
	p := poll(t, addr, 4)
	p.post("40")
	p.get()
	p.post(strings.TrimSuffix(strings.Repeat("42[\"n\"]\x1e", 100), "\x1e"))
	if n := s.Stats().EventOverflows; n != 1 {
		t.Errorf("%d overflows counted", n)
	}
	close(release)
	if r := receive(t, reasons); r != socketio.EventOverflow {
		t.Errorf("reason is %q", r)
	}
}

func TestTooManyNamespaces(t *testing.T) {
	s, addr := start(t, socketio.Options{Limits: socketio.Limits{NamespacesPerClient: 2}}, func(s *socketio.Server) {
		s.Of("/b")
		s.Of("/c")
	})
	c := connect(t, addr)
	c.join("/b")
	c.send("40/c,")
	c.expect(`44/c,{"message":"too many namespaces"}`)
	c.send("41/b,")
	c.join("/c")
	if n := s.Stats().NamespaceOverflows; n != 1 {
		t.Errorf("%d overflows counted", n)
	}
}

func TestLargeAuth(t *testing.T) {
	s, addr := start(t, socketio.Options{Limits: socketio.Limits{AuthBytes: 20}}, nil)
	c := dial(t, addr, 4, "")
	c.send(`40{"token":"0123456789"}`)
	c.expect(`44{"message":"auth is too large"}`)
	c.send(`40{"token":"0123456"}`)
	c.next()
	if n := s.Stats().AuthOverflows; n != 1 {
		t.Errorf("%d overflows counted", n)
	}
}

// Who emits faster than the loop sends waits; a client that does not read is
// closed by name when its queue is full, and the others are not held up.
func TestSlowReader(t *testing.T) {
	reasons := make(chan string, 2)
	engine := socketio.DefaultEngine()
	engine.MaxQueueBytes = 100_000
	s, addr := start(t, socketio.Options{Engine: engine, Limits: socketio.Limits{PostedCalls: 1}}, func(s *socketio.Server) {
		s.Of("/").OnDisconnect(func(_ *socketio.Socket, r string) { reasons <- r })
	})
	slow, quick := connect(t, addr), connect(t, addr)
	ns := s.Of("/")
	payload := strings.Repeat("x", 10_000)
	read := make(chan error, 1)
	emitted := make(chan string, 1)
	go func() {
		for {
			m, err := quick.read()
			if err != nil || m == `42["end"]` {
				read <- err
				return
			}
		}
	}()
	go func() {
		for {
			if err := ns.Emit("m", payload); err != nil {
				t.Error(err)
			}
			select {
			case r := <-reasons:
				emitted <- r
				return
			default:
			}
		}
	}()
	if r := receive(t, emitted); r != string(engineio.BufferOverflow) {
		t.Errorf("reason is %q", r)
	}
	_ = ns.Emit("end")
	select {
	case r := <-reasons:
		t.Fatalf("the quick client ended as well: %s", r)
	case err := <-read:
		if err != nil {
			t.Error(err)
		}
	}
	if got := len(ns.Sockets()); got != 1 {
		t.Errorf("%d sockets left", got)
	}
	_ = slow
}

func TestVolatile(t *testing.T) {
	s, addr := start(t, socketio.Options{}, nil)
	p := poll(t, addr, 4)
	p.post("40")
	p.get()
	ns := s.Of("/")
	// No poll waits: the client cannot be written to now.
	_ = ns.Volatile().Emit("lost", 1)
	_ = ns.Sockets()[0].Volatile().Emit("lost", []byte("with an attachment"))
	_ = ns.Emit("kept")
	_ = ns.Sockets() // all of that has reached the loop
	if got := p.get(); got != `42["kept"]` {
		t.Errorf("got %q", got)
	}
	if n := s.Stats().VolatileDrops; n != 2 {
		t.Errorf("%d drops counted", n)
	}
}

func TestBadOptions(t *testing.T) {
	for name, o := range map[string]socketio.Options{
		"ConnectTimeout":     {ConnectTimeout: -1},
		"AttachmentTimeout":  {AttachmentTimeout: -1},
		"MaxAttachments":     {MaxAttachments: -1},
		"Limits.PostedCalls": {Limits: socketio.Limits{PostedCalls: -1}},
		"transport":          {Engine: engineio.Options{Transports: []string{"pigeon"}}},
	} {
		if s, err := socketio.NewServer(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
			if s != nil {
				_ = s.Close()
			}
		}
	}
}

func TestServeAfterClose(t *testing.T) {
	s, addr := start(t, socketio.Options{}, nil)
	connect(t, addr)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.ListenAndServe("127.0.0.1:0"); !errors.Is(err, socketio.ErrClosed) {
		t.Errorf("serve after close: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
}

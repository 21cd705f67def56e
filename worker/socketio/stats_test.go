package socketio_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/worker/engineio"
	"github.com/ioserver/ioserver/worker/socketio"
)

// What each call counts for, here and where it arrives.
func TestTraffic(t *testing.T) {
	nodes := cluster(t, 2, func(s *socketio.Server) {
		ns := s.Of("/")
		ns.OnConnection(func(s *socketio.Socket) { _ = s.Join("room") })
		ns.On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
	})
	here, there := connect(t, nodes[0].addr), connect(t, nodes[0].addr)
	far := dial(t, nodes[1].addr, 4, "")
	farID := far.join("/")
	here.send(`421["echo"]`)
	here.expect("431[]")
	there.send(`421["echo"]`)
	there.expect("431[]")
	far.send(`421["echo"]`)
	far.expect("431[]")

	ns := nodes[0].Of("/")
	_ = ns.Emit("m")                    // to three
	_ = ns.To("room").Local().Emit("m") // to two
	_ = ns.To(farID).Emit("m")          // to one, elsewhere
	_ = ns.To("nobody").Emit("m")
	_ = ns.Sockets()[0].Emit("m")
	far.expect(`42["m"]`, `42["m"]`)
	answered := make(chan error, 1)
	go func() {
		_, err := nodes[1].Of("/").Sockets()[0].EmitWithAck(context.Background(), "ask")
		answered <- err
	}()
	far.expect(`420["ask"]`)
	far.send("430[]")
	if err := receive(t, answered); err != nil {
		t.Error(err)
	}
	far.send("439[]") // that nobody has asked for
	type traffic struct{ emits, deliveries, acksIn, acksOut uint64 }
	of := func(n *node) traffic {
		st := n.Stats()
		return traffic{st.Emits, st.Deliveries, st.AcksIn, st.AcksOut}
	}
	for i, want := range []traffic{{5, 5, 0, 2}, {1, 3, 2, 1}} {
		until(t, "counts are as they should be", func() bool { return of(nodes[i]) == want })
	}
}

// A volatile event that is dropped is an emit, and no delivery.
func TestTrafficVolatile(t *testing.T) {
	s, addr := start(t, socketio.Options{}, nil)
	p := poll(t, addr, 4)
	p.post("40")
	p.get()
	_ = s.Of("/").Volatile().Emit("lost")
	_ = s.Of("/").Sockets()[0].Volatile().Emit("lost")
	until(t, "two are counted", func() bool {
		st := s.Stats()
		return st.Emits == 2 && st.VolatileDrops == 2 && st.Deliveries == 0
	})
}

func TestReasons(t *testing.T) {
	for i, r := range socketio.Reasons {
		if slices.Index(socketio.Reasons[:], r) != i {
			t.Errorf("%q is there twice", r)
		}
	}
	for _, r := range engineio.Reasons {
		if !slices.Contains(socketio.Reasons[:], string(r)) {
			t.Errorf("%q is missing", r)
		}
	}
}

// What is no message of ours is dropped and counted, and others come through.
func TestBusMalformed(t *testing.T) {
	nodes := workers(t, 2, socketio.Limits{}, func(int, *socketio.Server) {})
	c := connect(t, nodes[1].addr)
	for _, b := range []string{"", "\x01", "\x01\x02", "\x01\x02\x00\x01/", "\x01\x01\x00", "\x01\x03\x00\x01/", "\x02\x02\x00\x01/\x01e\x033[]\x00"} {
		if err := nodes[0].feed.Publish(feed.All, []byte(b)); err != nil {
			t.Error(err)
		}
	}
	_ = nodes[0].Of("/").Emit("m")
	c.expect(`42["m"]`)
	if n := nodes[1].Stats().BusMalformed; n != 7 {
		t.Errorf("%d counted, want 7", n)
	}
}

func TestReconfigure(t *testing.T) {
	s, addr := start(t, socketio.Options{ConnectTimeout: time.Hour}, nil)
	patient := dial(t, addr, 4, "")
	if err := s.Reconfigure(socketio.Changes{ConnectTimeout: -1}); err == nil || !strings.Contains(err.Error(), "ConnectTimeout") {
		t.Errorf("negative: %v", err)
	}
	if err := s.Reconfigure(socketio.Changes{ConnectTimeout: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if err := s.Reconfigure(socketio.Changes{}); err != nil { // changes nothing
		t.Fatal(err)
	}
	dial(t, addr, 4, "").expectClosed()
	patient.join("/") // who came before has its time
}

// Lines tell who and what they are about in attributes of fixed names.
func TestLogAttributes(t *testing.T) {
	var lines syncBuffer
	logger := slog.New(slog.NewJSONHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	_, addr := start(t, socketio.Options{Logger: logger}, func(s *socketio.Server) {
		s.Of("/").On("panic", func(*socketio.Socket, *socketio.Event) { panic("boom") })
		s.Of("/").OnDisconnect(func(*socketio.Socket, string) { panic("boom") })
	})
	c := connect(t, addr)
	c.send(`42["panic"]`)
	c.expect("41")
	who := `"sid":"` + c.sid + `","address":"` + c.conn.LocalAddr().String() + `"`
	until(t, "the panics are logged", func() bool {
		return lines.has(`"msg":"panic in a handler",`+who+`,"namespace":"/","handler":"On","event":"panic"`) &&
			lines.has(`"msg":"panic in a handler",`+who+`,"namespace":"/","handler":"OnDisconnect","panic":"boom"`)
	})
	c.send("4x")
	until(t, "the packet is logged", func() bool {
		return lines.has(`"msg":"closing a client that sent an invalid packet",` + who + `,"error":`)
	})
}

// syncBuffer is what a logger writes to and a test reads.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) has(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.b.String(), text)
}

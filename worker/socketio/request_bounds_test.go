package socketio_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/socketio/inmemory"
)

// bounded is a crew in memory with limits.
func bounded(l socketio.Limits) crew {
	hub := broker.NewHub()
	return crew{connect: func() broker.Broker { return hub.Connect() }, options: socketio.Options{Limits: l}}
}

func TestRequestOverflow(t *testing.T) {
	all := bounded(socketio.Limits{Requests: 1}).hire(t, 2, serveAllRooms)
	c := connect(t, all[1].addr)
	out := emitWithAck(t.Context(), all[0].Of("/").To(), "q")
	got := c.next() // the first is under way
	if _, err := all[0].FetchSockets(t.Context()); !errors.Is(err, socketio.ErrBusy) {
		t.Errorf("another: %v", err)
	}
	if n := all[0].Stats().RequestOverflows; n != 1 {
		t.Errorf("%d counted", n)
	}
	c.send("43" + strings.TrimSuffix(strings.TrimPrefix(got, "42"), `["q"]`) + "[]")
	if r := receive(t, out); r.err != nil {
		t.Error(r.err)
	}
	if _, err := all[0].FetchSockets(t.Context()); err != nil {
		t.Errorf("when it has ended: %v", err)
	}
}

func TestServedOverflow(t *testing.T) {
	all := bounded(socketio.Limits{ServedRequests: 1}).hire(t, 3, serveAllRooms)
	c := connect(t, all[2].addr)
	ctx, cancel := context.WithCancel(t.Context())
	first := emitWithAck(ctx, all[0].Of("/").To(), "q")
	c.next()
	acks, err := all[1].Of("/").EmitWithAck(t.Context(), "never")
	var partial *socketio.PartialError
	if !errors.Is(err, socketio.ErrBusy) || !errors.As(err, &partial) || !slices.Equal(partial.Missing, []sid.Home{{Node: 3, Slot: 2}}) {
		t.Errorf("%v, %v", acks, err)
	}
	if n := all[2].Stats().ServedOverflows; n != 1 {
		t.Errorf("%d counted", n)
	}
	cancel() // and its place is free
	receive(t, first)
	until(t, "there is room again", func() bool {
		sockets, err := all[1].FetchSockets(t.Context())
		return err == nil && len(sockets) == 1
	})
	_ = all[1].Of("/").Emit("m")
	c.expect(`42["m"]`)
}

// Answers of which there is no room are missing, whoever has no room: the one
// that is asked, or the one that asks.
func TestAnswerOverflow(t *testing.T) {
	large := `["` + strings.Repeat("x", 40_000) + `"]`
	all := bounded(socketio.Limits{AnswerBytes: 50_000}).hire(t, 2, func(_ int, s *socketio.Server) {
		s.Of("/").Use(func(s *socketio.Socket) error { return s.SetData(strings.Repeat("x", 40_000)) })
	})
	var clients []*client
	for range 3 {
		clients = append(clients, connect(t, all[1].addr))
	}
	out := emitWithAck(t.Context(), all[0].Of("/").To(), "q")
	for _, c := range clients {
		c.answer(`["q"]`, large)
	}
	got := receive(t, out)
	var partial *socketio.PartialError
	if !errors.As(got.err, &partial) || len(got.acks.Answers) != 1 || len(got.acks.Missing) != 2 {
		t.Errorf("%v: %d answers, %d missing", got.err, len(got.acks.Answers), len(got.acks.Missing))
	}
	if n := all[0].Stats().AnswerOverflows + all[1].Stats().AnswerOverflows; n != 2 {
		t.Errorf("%d counted", n)
	}
	sockets, err := all[0].FetchSockets(t.Context())
	if !errors.Is(err, socketio.ErrBusy) || len(sockets) != 1 {
		t.Errorf("%d sockets, %v", len(sockets), err)
	}
	// What was held is free again.
	one, err := all[0].Of("/").To(sockets[0].ID()).FetchSockets(t.Context())
	if err != nil || len(one) != 1 {
		t.Errorf("%d sockets, %v", len(one), err)
	}
}

func TestRequestDeadline(t *testing.T) {
	all := bounded(socketio.Limits{}).hire(t, 2, serveAllRooms)
	c := dial(t, all[1].addr, 4, "")
	id := c.join("/")
	receive(t, all[0].feed.Met())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	acks, err := all[0].Of("/").EmitWithAck(ctx, "q")
	if !errors.Is(err, context.DeadlineExceeded) || len(acks.Answers) != 0 {
		t.Errorf("%v, %v", acks, err)
	}
	c.answer(`["q"]`, `["late"]`) // for nobody
	out := emitWithAck(t.Context(), all[0].Of("/").To(id), "again")
	c.answer(`["again"]`, `["in time"]`)
	if got := receive(t, out); got.err != nil || string(got.acks.Answers[0].Args.JSON) != `["in time"]` {
		t.Errorf("%v", got)
	}
}

// What is for one worker costs the others nothing.
func TestRequestsGoWhereTheyMust(t *testing.T) {
	all := bounded(socketio.Limits{}).hire(t, 3, serveAllRooms)
	here, there := connect(t, all[0].addr), dial(t, all[1].addr, 4, "")
	id := there.join("/")
	out := emitWithAck(t.Context(), all[0].Of("/").Local(), "q")
	here.answer(`["q"]`, `[]`)
	if got := receive(t, out); got.err != nil || len(got.acks.Answers) != 1 {
		t.Errorf("local: %v", got)
	}
	if s, err := all[0].Of("/").Local().FetchSockets(t.Context()); err != nil || len(s) != 1 {
		t.Errorf("local: %d sockets, %v", len(s), err)
	}
	if n := all[0].feed.Stats().Published; n != 0 {
		t.Errorf("%d messages were published", n)
	}
	before := all[2].Stats().Received
	out = emitWithAck(t.Context(), all[0].Of("/").To(id), "q")
	there.answer(`["q"]`, `[]`)
	if got := receive(t, out); got.err != nil || len(got.acks.Answers) != 1 {
		t.Errorf("to one: %v", got)
	}
	if s, err := all[0].Of("/").To(id).FetchSockets(t.Context()); err != nil || len(s) != 1 {
		t.Errorf("one: %d sockets, %v", len(s), err)
	}
	if err := all[0].Of("/").To(id).SocketsJoin("r"); err != nil {
		t.Error(err)
	}
	_ = all[0].Of("/").To(id).DisconnectSockets(false)
	there.expect("41")
	if n := all[2].Stats().Received; n != before {
		t.Errorf("another has received %d messages", n-before)
	}
	// Its sockets are gone with a worker, at once.
	_ = all[1].Close()
	until(t, "its end is known", func() bool { return !all[0].feed.Alive(3, 1) })
	if _, err := all[0].Of("/").To(id).EmitWithAck(t.Context(), "q"); !errors.Is(err, socketio.ErrWorkerGone) {
		t.Errorf("to one of a worker that is gone: %v", err)
	}
}

// liar is a worker that answers with what it is told to.
type liar struct {
	*inmemory.Adapter
	asked chan []byte
}

func (l *liar) Receive(_ socketio.Peer, data []byte) { l.asked <- data }

func (l *liar) PeerChanged(socketio.Peer, bool) {}

// Answers that do not fit what was asked end the waiting for their worker, are
// counted, and harm nobody.
func TestWrongAnswers(t *testing.T) {
	const (
		kindAnswer = 5
		emit       = 1
		fetch      = 2
		last       = 1
	)
	for name, test := range map[string]struct {
		op, part, status byte
		body             string
		malformed        bool
	}{
		"another op":     {op: fetch, status: last, body: "\x00", malformed: true},
		"index":          {op: emit, status: last, body: "\x00\x00\x01\x05", malformed: true},
		"twice":          {op: emit, status: last, body: "\x01\x01a\x00\x02\x00\x00", malformed: true},
		"part":           {op: emit, part: 1, status: last, body: "\x00\x00\x00"},
		"garbage":        {op: emit, status: last, body: "\xff\xff", malformed: true},
		"unknown status": {op: emit, status: 9, malformed: true},
	} {
		t.Run(name, func(t *testing.T) {
			var hub inmemory.Hub
			s, addr := start(t, socketio.Options{Adapter: hub.Join(sid.Home{Slot: 1}), Key: clusterKey}, serveRooms)
			l := &liar{Adapter: hub.Join(sid.Home{Slot: 2}), asked: make(chan []byte, 10)}
			if err := l.Start(l); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			c := connect(t, addr)
			ctx, cancel := context.WithCancel(t.Context())
			out := emitWithAck(ctx, s.Of("/").To(), "q")
			asked := receive(t, l.asked)
			c.answer(`["q"]`, `["true"]`)
			frame := append([]byte{1, kindAnswer, test.op}, asked[3:11]...)
			frame = append(frame, test.part, test.status)
			_ = l.Direct(sid.Home{Slot: 1}, append(frame, test.body...))
			until(t, "the answer has come", func() bool { return s.Stats().Received == 1 && s.Stats().AcksIn == 1 })
			if test.malformed {
				until(t, "it is counted", func() bool { return s.Stats().BusMalformed == 1 })
				cancel()
			}
			got := receive(t, out)
			cancel()
			var partial *socketio.PartialError
			if !errors.As(got.err, &partial) || !slices.Equal(partial.Missing, []sid.Home{{Slot: 2}}) || len(got.acks.Answers) != 1 {
				t.Errorf("%v, %+v", got.err, got.acks)
			}
		})
	}
}

// A worker that came when a request was on its way, and answers it, is heard.
func TestAnswerOfNewcomer(t *testing.T) {
	const answer, emit, more, last = 5, 1, 0, 1
	var hub inmemory.Hub
	s, addr := start(t, socketio.Options{Adapter: hub.Join(sid.Home{Slot: 1}), Key: clusterKey}, serveRooms)
	join := func(slot uint8) *liar {
		l := &liar{Adapter: hub.Join(sid.Home{Slot: slot}), asked: make(chan []byte, 10)}
		if err := l.Start(l); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		return l
	}
	first := join(2)
	c := connect(t, addr)
	out := emitWithAck(t.Context(), s.Of("/").To(), "q")
	id := receive(t, first.asked)[3:11]
	tell := func(by *liar, part, status byte, body string) {
		frame := append([]byte{1, answer, emit}, id...)
		_ = by.Direct(sid.Home{Slot: 1}, append(append(frame, part, status), body...))
	}
	third := join(4) // which answers something else, and is not waited for
	_ = third.Direct(sid.Home{Slot: 1}, append(append([]byte{1, answer, 2}, id...), 0, last, 0))
	until(t, "a wrong answer is counted", func() bool { return s.Stats().BusMalformed == 1 })
	second := join(3)
	tell(second, 0, more, "\x01\x01n\x00\x00") // of its socket n
	tell(second, 1, last, "\x00\x01\x00\x02[]\x00\x00")
	until(t, "the newcomer is heard", func() bool { return s.Stats().Received == 3 })
	tell(first, 0, last, "\x00\x00\x00")
	c.answer(`["q"]`, `[1]`)
	got := receive(t, out)
	if m := got.answered(t); got.err != nil || len(m) != 2 || m["n"] != `[]` {
		t.Errorf("%v, %v", m, got.err)
	}
}

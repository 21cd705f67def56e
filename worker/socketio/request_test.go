package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
)

// answer takes one event that asks for an acknowledgement, and gives it.
func (c *client) answer(data, args string) {
	c.t.Helper()
	got := c.next()
	id, rest, ok := strings.Cut(strings.TrimPrefix(got, "42"), "[")
	if !ok || "["+rest != data {
		c.t.Fatalf("got %s, want an event %s", got, data)
	}
	c.send("43" + id + args)
}

func TestClusterBroadcastWithAck(t *testing.T) {
	overBuses(t, func(t *testing.T, c crew) {
		all := c.hire(t, 3, serveAllRooms)
		var clients []*client
		want := make(map[string]string)
		for i, w := range all {
			for range 2 {
				c := dial(t, w.addr, 4, "")
				id := c.join("/")
				clients = append(clients, c)
				want[id] = fmt.Sprintf(`[%d]`, i)
			}
		}
		out := emitWithAck(t.Context(), all[1].Of("/").To(), "q", "x")
		for i, c := range clients {
			c.answer(`["q","x"]`, fmt.Sprintf(`[%d]`, i/2))
		}
		got := receive(t, out)
		if got.err != nil {
			t.Fatal(got.err)
		}
		if m := got.answered(t); fmt.Sprint(m) != fmt.Sprint(want) {
			t.Errorf("answers %v, want %v", m, want)
		}

		// In the order of what is emitted besides; one leaves, one is silent.
		ctx, cancel := context.WithCancel(t.Context())
		_ = all[1].Of("/").Emit("before")
		out = emitWithAck(ctx, all[1].Of("/").To(), "q")
		for i, c := range clients {
			c.expect(`42["before"]`)
			switch i {
			case 0: // says nothing
			case 5:
				c.next()
				c.send("41")
			default:
				c.answer(`["q"]`, `["b"]`)
			}
		}
		until(t, "the clients have answered", func() bool {
			n := uint64(0)
			for _, w := range all {
				n += w.Stats().AcksIn
			}
			return n == 10
		})
		until(t, "one has gone", func() bool { return all[2].Stats().Sockets == 1 })
		all[0].fetched(t, all[1], 1) // behind the answers
		cancel()
		got = receive(t, out)
		var partial *socketio.PartialError
		if !errors.As(got.err, &partial) || !errors.Is(got.err, context.Canceled) || len(got.acks.Answers) != 4 || len(got.acks.Missing) != 2 {
			t.Errorf("%v, %+v", got.err, got.acks)
		} else if want := []sid.Home{{Node: 3, Slot: 0}}; !slices.Equal(partial.Missing, want) {
			t.Errorf("missing %v, want %v", partial.Missing, want)
		}
	})
}

// fetched asks by another's hand how many sockets this worker has, so that its
// earlier answers have come when it returns.
func (s *sailor) fetched(t testing.TB, by *sailor, least int) {
	t.Helper()
	sockets, err := by.Of("/").FetchSockets(t.Context())
	if err != nil || len(sockets) < least {
		t.Fatalf("%d sockets, %v", len(sockets), err)
	}
}

func TestClusterFetchSockets(t *testing.T) {
	overBuses(t, func(t *testing.T, c crew) {
		const many = 12
		large := strings.Repeat("d", 60_000) // several parts
		all := c.hire(t, 3, func(_ int, s *socketio.Server) {
			serveRooms(s)
			s.Of("/").Use(func(s *socketio.Socket) error { return s.SetData(large + s.Handshake().Query.Get("n")) })
		})
		var want []string
		var first *client
		for i := range many {
			c := dial(t, all[i%2].addr, 4, fmt.Sprintf("&n=%d", i))
			want = append(want, c.join("/"))
			if first == nil {
				first = c
				c.call("join", `["r"]`, "")
			}
		}
		slices.Sort(want)
		got, err := all[2].Of("/").FetchSockets(t.Context())
		if err != nil || !slices.Equal(ids(got), want) {
			t.Fatalf("%d sockets, %v", len(got), err)
		}
		for _, s := range got {
			var data string
			if err := s.Data(&data); err != nil || data != large+s.Handshake().Query.Get("n") || len(s.Handshake().Headers) == 0 {
				t.Errorf("data of %d bytes, %v, %v", len(data), s.Handshake(), err)
			}
		}
		in, err := all[1].Of("/").In("r").FetchSockets(t.Context())
		if err != nil || len(in) != 1 || !slices.Contains(in[0].Rooms(), "r") {
			t.Fatalf("%v, %v", in, err)
		}
		// A handle reaches its socket from anywhere.
		if err := in[0].Emit("m", 1); err != nil {
			t.Error(err)
		}
		first.expect(`42["m",1]`)
		out := make(chan error, 1)
		go func() {
			a, err := in[0].EmitWithAck(t.Context(), "q")
			if err == nil && string(a.JSON) != `["yes"]` {
				err = fmt.Errorf("answer %s", a.JSON)
			}
			out <- err
		}()
		first.answer(`["q"]`, `["yes"]`)
		if err := receive(t, out); err != nil {
			t.Error(err)
		}
		if err := in[0].Disconnect(false); err != nil {
			t.Error(err)
		}
		first.expect("41")
		if _, err := in[0].EmitWithAck(t.Context(), "q"); !errors.Is(err, socketio.ErrDisconnected) {
			t.Errorf("after its end: %v", err)
		}
	})
}

// What is emitted to a room after SocketsJoin has returned arrives, whoever
// emits it; what a worker does to sockets is in order with what it emits.
func TestClusterSocketsJoin(t *testing.T) {
	overBuses(t, func(t *testing.T, c crew) {
		const rounds = 50
		all := c.hire(t, 3, serveAllRooms)
		var clients []*client
		for _, w := range all {
			clients = append(clients, connect(t, w.addr))
		}
		for i := range rounds {
			room := fmt.Sprintf("room %d", i)
			by := all[i%3].Of("/")
			if err := by.SocketsJoin(room, "other"); err != nil {
				t.Fatal(err)
			}
			for _, w := range all {
				_ = w.Of("/").To(room).Emit("m", i)
			}
			for _, c := range clients {
				m := fmt.Sprintf(`42["m",%d]`, i)
				c.expect(m, m, m)
			}
			_ = by.In(room).SocketsLeave(room)
			_ = by.To(room).Emit("gone")
			_ = by.Emit("end")
			for _, c := range clients {
				c.expect(`42["end"]`)
			}
		}
		for _, w := range all {
			if st := w.Stats(); st.JoinsUnconfirmed != 0 || st.BusMalformed != 0 {
				t.Errorf("%d joins not confirmed, %d messages malformed", st.JoinsUnconfirmed, st.BusMalformed)
			}
		}
		_ = all[0].Of("/").In("other").Emit("last")
		_ = all[0].Of("/").In("other").DisconnectSockets(true)
		for _, c := range clients {
			c.expectClosed(`42["last"]`, "41")
		}
	})
}

func TestServerSideEmitWithAck(t *testing.T) {
	overBuses(t, func(t *testing.T, c crew) {
		all := c.hire(t, 4, func(i int, s *socketio.Server) {
			if i == 3 {
				return
			}
			s.Of("/").OnServerSide("add", func(e *socketio.ServerEvent) {
				var a, b int
				_ = e.Decode(&a, &b)
				if !e.WantsAck() {
					t.Error("nobody wants an answer")
				}
				if err := e.Ack(a+b, []byte{byte(i)}); err != nil {
					t.Error(err)
				}
				if err := e.Ack(); !errors.Is(err, socketio.ErrAcked) {
					t.Errorf("second answer: %v", err)
				}
			})
			s.Of("/").OnServerSide("boom", func(*socketio.ServerEvent) { panic("boom") })
		})
		// One has no handler: it says so at once.
		answers, err := all[0].Of("/").ServerSideEmitWithAck(t.Context(), "add", 1, 2)
		var partial *socketio.PartialError
		if !errors.As(err, &partial) || !errors.Is(err, socketio.ErrNoHandler) || len(partial.Missing) != 1 || partial.Missing[0].Slot != 3 {
			t.Errorf("error %v", err)
		}
		if len(answers) != 2 {
			t.Fatalf("%d answers", len(answers))
		}
		for _, a := range answers {
			var sum int
			var who []byte
			if err := a.Args.Decode(&sum, &who); err != nil || sum != 3 || len(who) != 1 || who[0] != a.From.Slot {
				t.Errorf("%v: %d from %v, %v", a.From, sum, who, err)
			}
		}
		if _, err := all[3].Of("/").ServerSideEmitWithAck(t.Context(), "boom"); !errors.Is(err, socketio.ErrNoHandler) {
			t.Errorf("handlers that panic: %v", err)
		}
	})
}

// A worker that dies with a request is not waited for longer than it takes to
// notice; the others' answers are there.
func TestWorkerDiesWithRequest(t *testing.T) {
	overBuses(t, func(t *testing.T, c crew) {
		c.beat = 20 * time.Millisecond
		all := c.hire(t, 3, serveAllRooms)
		var clients []*client
		for _, w := range all {
			clients = append(clients, connect(t, w.addr))
		}
		out := emitWithAck(t.Context(), all[0].Of("/").To(), "q")
		clients[0].answer(`["q"]`, `[0]`)
		clients[1].answer(`["q"]`, `[1]`)
		clients[2].next() // its answer will not come
		until(t, "those who live have answered", func() bool { return all[0].Stats().AcksIn+all[1].Stats().AcksIn == 2 })
		_ = all[2].bus.Close() // without a word
		got := receive(t, out)
		var partial *socketio.PartialError
		if !errors.As(got.err, &partial) || !errors.Is(got.err, socketio.ErrWorkerGone) || len(got.acks.Answers) != 2 {
			t.Fatalf("%v, %+v", got.err, got.acks)
		}
		if want := []sid.Home{{Node: 3, Slot: 2}}; !slices.Equal(partial.Missing, want) {
			t.Errorf("missing %v", partial.Missing)
		}
		if sockets, err := all[0].FetchSockets(t.Context()); err != nil || len(sockets) != 2 {
			t.Errorf("%d sockets, %v", len(sockets), err)
		}
	})
}

// What an asker that dies had asked for is given up.
func TestAskerDies(t *testing.T) {
	overBuses(t, func(t *testing.T, c crew) {
		c.beat = 20 * time.Millisecond
		c.options.Limits.AcksPerSocket = 1
		all := c.hire(t, 2, serveAllRooms)
		c1 := connect(t, all[1].addr)
		ctx, cancel := context.WithCancel(t.Context())
		out := emitWithAck(ctx, all[0].Of("/").To(), "q")
		c1.next()
		_ = all[0].bus.Close()
		cancel() // of which the other does not hear
		receive(t, out)
		socket := all[1].Of("/").Sockets()[0]
		until(t, "the socket owes nothing any more", func() bool {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := socket.EmitWithAck(ctx, "again")
			return !errors.Is(err, socketio.ErrTooManyAcks)
		})
	})
}

package socketio_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// acked is the outcome of a broadcast with acknowledgements.
type acked struct {
	acks *socketio.Acks
	err  error
}

// emitWithAck runs in a goroutine of its own.
func emitWithAck(ctx context.Context, b socketio.Broadcast, event string, args ...any) <-chan acked {
	out := make(chan acked, 1)
	go func() {
		acks, err := b.EmitWithAck(ctx, event, args...)
		out <- acked{acks, err}
	}()
	return out
}

// answered are the answers by socket, each the raw JSON of its arguments.
func (a acked) answered(t testing.TB) map[string]string {
	t.Helper()
	m := make(map[string]string)
	for _, an := range a.acks.Answers {
		if _, twice := m[an.ID]; twice {
			t.Errorf("%s has answered twice", an.ID)
		}
		m[an.ID] = string(an.Args.JSON)
	}
	return m
}

func TestBroadcastWithAck(t *testing.T) {
	s, addr := start(t, socketio.Options{}, serveRooms)
	a, b, c := dial(t, addr, 4, ""), dial(t, addr, 4, ""), dial(t, addr, 4, "")
	ids := []string{a.join("/"), b.join("/"), c.join("/")}
	a.call("join", `["r"]`, "")
	b.call("join", `["r"]`, "")

	out := emitWithAck(t.Context(), s.Of("/").To("r"), "q", 1)
	a.expect(`420["q",1]`)
	b.expect(`420["q",1]`)
	a.send(`430["a"]`)
	a.send(`430["again"]`)
	b.send(`461-0[{"_placeholder":true,"num":0}]`)
	b.sendBinary([]byte("bytes"))
	got := receive(t, out)
	if got.err != nil {
		t.Fatal(got.err)
	}
	if m := got.answered(t); m[ids[0]] != `["a"]` || len(m) != 2 || len(got.acks.Missing) != 0 {
		t.Errorf("answers %v, missing %v", m, got.acks.Missing)
	}

	// One goes, one is too slow, one answers.
	ctx, cancel := context.WithCancel(t.Context())
	out = emitWithAck(ctx, s.Of("/").To(), "q")
	a.expect(`421["q"]`)
	b.expect(`421["q"]`)
	c.expect(`421["q"]`)
	b.send("41")
	c.call("join", `["x"]`, "") // c is alive, but says nothing
	a.send(`431[]`)
	a.call("join", `["x"]`, "")
	cancel()
	got = receive(t, out)
	var partial *socketio.PartialError
	if !errors.Is(got.err, context.Canceled) || !errors.As(got.err, &partial) || len(partial.Missing) != 1 {
		t.Errorf("error %v", got.err)
	}
	if m := got.answered(t); len(m) != 1 || m[ids[0]] != `[]` {
		t.Errorf("answers %v", m)
	}
	slices.Sort(got.acks.Missing)
	if want := slices.Sorted(slices.Values(ids[1:])); !slices.Equal(got.acks.Missing, want) {
		t.Errorf("missing %v, want %v", got.acks.Missing, want)
	}

	// Nobody is there: nothing to wait for.
	if got := receive(t, emitWithAck(t.Context(), s.Of("/").To("nobody"), "q")); got.err != nil || len(got.acks.Answers) != 0 {
		t.Errorf("%v, %v", got.acks, got.err)
	}
}

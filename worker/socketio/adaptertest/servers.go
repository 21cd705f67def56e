package adaptertest

import (
	"log/slog"
	"testing"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
)

// servers: a server's calls to others are answered.
func servers(t *testing.T, join Join) {
	const n = 3
	key := sid.NewKey([16]byte{7})
	var all []*socketio.Server
	var ends []socketio.Adapter
	for i := range n {
		a := join(t, home(i))
		s, err := socketio.NewServer(socketio.Options{Adapter: a, Key: key, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
		s.Of("/").OnServerSide("who", func(e *socketio.ServerEvent) { _ = e.Ack(i) })
		all, ends = append(all, s), append(ends, a)
	}
	observer := start(t, join, home(n)) // hears of all, and answers nobody
	observer.until("all are there", func() bool { return observer.count() == n })
	if err := observer.Close(); err != nil {
		t.Fatal(err)
	}
	for _, a := range ends {
		awaitPeers(t, a, n-1)
	}
	answers, err := all[0].Of("/").ServerSideEmitWithAck(t.Context(), "who")
	if err != nil || len(answers) != n-1 {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	seen := make(map[sid.Home]bool)
	for _, a := range answers {
		var i int
		if err := a.Args.Decode(&i); err != nil || home(i) != a.From || seen[a.From] {
			t.Errorf("%v answers %s, %v", a.From, a.Args.JSON, err)
		}
		seen[a.From] = true
	}
	if sockets, err := all[1].FetchSockets(t.Context()); err != nil || len(sockets) != 0 {
		t.Errorf("%d sockets, %v", len(sockets), err)
	}
	if err := all[2].SocketsJoin("room"); err != nil {
		t.Errorf("join: %v", err)
	}
	if acks, err := all[2].Of("/").EmitWithAck(t.Context(), "e"); err != nil || len(acks.Answers) != 0 {
		t.Errorf("%v, %v", acks, err)
	}
}

package adaptertest

import (
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
)

// peers: all hear of each other, by one name.
func peers(t *testing.T, join Join) {
	all := open(t, join, 3)
	for _, e := range all {
		var homes []sid.Home
		for _, p := range e.Peers() {
			homes = append(homes, p.Home)
			e.mu.Lock()
			if !e.alive[p] {
				t.Errorf("%v is listed, and was not told of", p)
			}
			e.mu.Unlock()
		}
		if len(homes) != 2 || slices.Contains(homes, e.Home()) {
			t.Errorf("%v has the peers %v", e.Home(), homes)
		}
	}
}

// met: who comes lists all who were there, once it says so.
func met(t *testing.T, join Join) {
	open(t, join, 3)
	last := start(t, join, home(3))
	select {
	case <-last.Met():
	case <-time.After(patience):
		t.Fatal("it meets nobody")
	}
	if n := len(last.Peers()); n != 3 {
		t.Errorf("%d peers are listed, want 3", n)
	}
}

// blocked: who does not receive holds up nobody else, and misses nothing of
// what there is room for.
func blocked(t *testing.T, join Join) {
	all := open(t, join, 3)
	let := make(chan struct{})
	begun := make(chan struct{})
	all[1].on = func(m message) {
		if m.text == "wait" {
			close(begun)
			<-let
		}
	}
	all[0].publish("/", nil, "wait")
	select {
	case <-begun:
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	for range 100 {
		all[0].publish("/", nil, "m")
	}
	all[0].publish("/", nil, "end")
	if n := len(all[2].texts()); n != 101 {
		t.Errorf("%d messages past the one that waits, want 101", n)
	}
	close(let)
	if n := len(all[1].texts()); n != 101 {
		t.Errorf("%d messages at the one that waited, want 101", n)
	}
}

// within: a receiver may send, and change what it wants.
func within(t *testing.T, join Join) {
	all := open(t, join, 2)
	all[1].on = func(m message) {
		all[1].Want("/", m.text)
		all[1].direct(all[0], "re "+m.text)
		all[1].publish("/", nil, "all "+m.text)
		all[1].Unwant("/", m.text)
	}
	all[0].direct(all[1], "a")
	all[0].until("two answers have come", func() bool { return len(all[0].got) == 2 })
	if all[0].got[0].text != "re a" || all[0].got[1].text != "all a" {
		t.Errorf("got %v", all[0].got)
	}
}

// closing: the others hear of an end behind its last message; then nothing is
// sent or received.
func closing(t *testing.T, join Join) {
	all := open(t, join, 3)
	all[1].publish("/", nil, "last")
	if err := all[1].Close(); err != nil {
		t.Fatal(err)
	}
	if err := all[1].Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	for _, e := range []*end{all[0], all[2]} {
		e.until("one has gone", func() bool { return e.count() == 1 })
		if len(e.got) != 1 || e.got[0].text != "last" {
			t.Errorf("got %v", e.got)
		}
		if n := len(e.Peers()); n != 1 {
			t.Errorf("%d peers are listed", n)
		}
	}
	if err := all[1].Publish("/", nil, nil); !errors.Is(err, socketio.ErrClosed) {
		t.Errorf("publish after close: %v", err)
	}
	if err := all[1].Direct(all[0].Home(), nil); !errors.Is(err, socketio.ErrClosed) {
		t.Errorf("direct after close: %v", err)
	}
	before := len(all[1].got)
	all[0].publish("/", nil, "end")
	all[2].texts()
	if len(all[1].got) != before {
		t.Error("something was received after close")
	}
}

// successor: who takes a home is another peer, and gets its messages.
func successor(t *testing.T, join Join) {
	all := open(t, join, 2)
	first := all[0].Peers()[0]
	if err := all[1].Close(); err != nil {
		t.Fatal(err)
	}
	next := start(t, join, home(1))
	all[0].until("there is another life", func() bool { return all[0].count() == 1 && !all[0].alive[first] })
	next.until("it knows the other", func() bool { return next.count() == 1 })
	all[0].direct(next, "end")
	next.texts()
	next.direct(all[0], "end")
	all[0].texts()
}

// awaitPeers waits until an adapter lists so many: nobody else sees its
// receiver, so it is asked again and again.
func awaitPeers(t *testing.T, a socketio.Adapter, n int) {
	t.Helper()
	for deadline := time.Now().Add(patience); len(a.Peers()) != n; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d peers, want %d", len(a.Peers()), n)
		}
	}
}

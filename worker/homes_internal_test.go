package worker

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/protocol/sid"
)

// member joins a bus in memory as the only worker of a node.
func member(t *testing.T, hub *broker.Hub, number uint16) *roster.Roster {
	t.Helper()
	b := hub.Connect()
	t.Cleanup(func() { _ = b.Close() })
	r, err := roster.New(b, roster.Options{Cluster: "test", Self: roster.Member{
		Node: roster.Node{ID: number, Boot: uint64(number), Began: time.Unix(int64(number), 0), Key: [16]byte{byte(number)}, Slots: 1}, Life: 1,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func idOf(number uint16) string {
	key := sid.NewKey([16]byte{byte(number)})
	return string(key.Append(nil, sid.EngineIO, sid.Home{Node: number}, [12]byte{}))
}

// A worker that has just begun waits for the node of an id; once it has settled,
// it does not.
func TestIDsInDoubt(t *testing.T) {
	hub := broker.NewHub()
	r := member(t, hub, 1)
	h := newHomes(r, 1, time.Hour)
	r.OnMember(func(_ roster.Member, alive bool) {
		if alive {
			h.came()
		}
	})
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]bool{idOf(1): false, idOf(2): true, idOf(3): true, "nonsense": false} {
		if h.inDoubt(id) != want {
			t.Errorf("%s in doubt: %v", id, !want)
		}
	}
	wait := func(id string) <-chan struct{} {
		done := make(chan struct{})
		go func() {
			h.await(id)
			close(done)
		}()
		return done
	}
	<-wait(idOf(1))
	later, never := wait(idOf(2)), wait(idOf(3))
	if err := member(t, hub, 2).Start(); err != nil {
		t.Fatal(err)
	}
	<-later
	if home, _, ok := h.Find(sid.EngineIO, idOf(2)); !ok || home.Node != 2 || h.inDoubt(idOf(2)) {
		t.Errorf("leads to %v, %v", home, ok)
	}
	select {
	case <-never:
		t.Error("did not wait for a node that is not there")
	default:
	}
	h.close()
	h.close()
	<-never
	if h.inDoubt(idOf(3)) {
		t.Error("still in doubt")
	}
}

// It ends by itself.
func TestDoubtEnds(t *testing.T) {
	hub := broker.NewHub()
	h := newHomes(member(t, hub, 1), 1, time.Millisecond)
	h.await(idOf(2))
	if h.inDoubt(idOf(2)) {
		t.Error("still in doubt")
	}
}

package socketio_test

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
)

// machine is one with a single worker and a key of its own.
type machine struct {
	*node
	roster *roster.Roster
	told   chan roster.Member // who is there, or is gone: then with life 0
}

// machines are numbered from 1 and know each other.
func machines(t *testing.T, n int) []*machine {
	t.Helper()
	hub := broker.NewHub()
	var all []*machine
	for i := 1; i <= n; i++ {
		all = append(all, newMachine(t, hub, uint16(i)))
	}
	for _, m := range all {
		for range n - 1 {
			m.hear()
		}
	}
	return all
}

func newMachine(t *testing.T, hub *broker.Hub, number uint16) *machine {
	t.Helper()
	bus := hub.Connect()
	secret := [16]byte{byte(number)}
	r, err := roster.New(bus, roster.Options{Cluster: "test", Self: roster.Member{
		Node: roster.Node{ID: number, Boot: uint64(number), Began: time.Unix(int64(number), 0), Key: secret, Slots: 1}, Life: 1,
	}})
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{roster: r, told: make(chan roster.Member, 100)}
	r.OnMember(func(other roster.Member, alive bool) {
		if !alive {
			other.Life = 0
		}
		m.told <- other
	})
	f, err := feed.New(bus, feed.Options{Cluster: "test", Origin: feed.Origin{Node: number}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	s, addr := start(t, socketio.Options{Feed: f, Key: sid.NewKey(secret), Locator: r}, serveRooms)
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	m.node = &node{s, addr, f, bus}
	return m
}

func (m *machine) hear() roster.Member { return <-m.told }

// Each machine's ids have a key of its own. One that is there gets what is for
// its sockets, and nobody else does; what is for one that is gone nobody gets,
// and no worker hears of it.
func TestToSocketOfAnotherNode(t *testing.T) {
	all := machines(t, 3)
	from, home, other := all[0], all[1], all[2]
	bystander := connect(t, other.addr)
	four, three := dial(t, home.addr, 4, ""), dial(t, home.addr, 3, "")
	id := four.join("/")
	three.expect("40")
	before := other.Stats().Received
	for i, target := range []string{id, three.sid} {
		if err := from.Of("/").To(target).Emit("m", i); err != nil {
			t.Fatal(err)
		}
	}
	four.expect(`42["m",0]`)
	three.expect(`42["m",1]`)
	if got := from.feed.Stats().Published; got != 2 {
		t.Errorf("published %d messages, want 2", got)
	}
	if err := other.Of("/").Sockets()[0].Join(id); err == nil {
		t.Error("joined the id of another machine's socket")
	}

	_ = home.roster.Close()
	if gone := from.hear(); gone.ID != 2 || gone.Life != 0 {
		t.Fatalf("told of %+v", gone)
	}
	for range 100 {
		if err := from.Of("/").To(id).Emit("gone"); err != nil {
			t.Fatal(err)
		}
	}
	_ = from.Of("/").Emit("end") // behind them
	four.expect(`42["end"]`)
	bystander.expect(`42["end"]`)
	if got := other.Stats().Received - before; got != 1 {
		t.Errorf("a third worker received %d messages", got)
	}
}

// A room may have a name that looks like an id.
func TestRoomThatLooksLikeAnID(t *testing.T) {
	all := machines(t, 2)
	const name = "abcdefghijklmnopqrstuvwxyz_-"
	if !sid.Shape(name) {
		t.Fatal("it does not")
	}
	c := connect(t, all[1].addr)
	c.call("join", `["`+name+`"]`, "")
	if err := all[0].Of("/").To(name).Emit("m"); err != nil {
		t.Fatal(err)
	}
	c.expect(`42["m"]`)
}

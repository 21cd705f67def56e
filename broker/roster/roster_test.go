package roster_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/protocol/sid"
)

const (
	patience = 20 * time.Second
	beat     = 20 * time.Millisecond
)

var began = time.Unix(1_700_000_000, 0)

// worker is a Roster with what it was told.
type worker struct {
	*roster.Roster
	t *testing.T
	b *broker.Memory

	mu     sync.Mutex
	cond   *sync.Cond
	events []event
	taken  []uint64 // boots
}

type event struct {
	home  sid.Home
	life  uint64
	alive bool
}

func node(id uint16, boot uint64) roster.Node {
	return roster.Node{ID: id, Boot: boot, Began: began.Add(time.Duration(boot) * time.Second), Key: [16]byte{byte(id), byte(boot)}, Slots: 4, Name: "host"}
}

func member(n roster.Node, slot uint8, life uint64) roster.Member {
	return roster.Member{Node: n, Slot: slot, Life: life, PID: 1}
}

// options of a test: quick beats, and nobody is forgotten unless the test says so.
func options(m roster.Member) roster.Options {
	return roster.Options{Cluster: "test", Self: m, Beat: beat, Silence: time.Hour}
}

func start(t *testing.T, h *broker.Hub, o roster.Options) *worker {
	t.Helper()
	b := h.Connect()
	w := &worker{t: t, b: b}
	w.cond = sync.NewCond(&w.mu)
	var err error
	if w.Roster, err = roster.New(b, o); err != nil {
		t.Fatal(err)
	}
	w.OnMember(func(m roster.Member, alive bool) {
		w.mu.Lock()
		w.events = append(w.events, event{m.Home(), m.Life, alive})
		w.cond.Broadcast()
		w.mu.Unlock()
	})
	w.OnTaken(func(by roster.Node) {
		w.mu.Lock()
		w.taken = append(w.taken, by.Boot)
		w.cond.Broadcast()
		w.mu.Unlock()
	})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = w.Close()
		_ = b.Close()
	})
	return w
}

// until waits for what the worker was told to be so.
func (w *worker) until(what string, ok func() bool) {
	w.t.Helper()
	late := false
	timer := time.AfterFunc(patience, func() {
		w.mu.Lock()
		late = true
		w.cond.Broadcast()
		w.mu.Unlock()
	})
	defer timer.Stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	for !ok() {
		if late {
			w.t.Fatalf("%s: not in %v; told %v", what, patience, w.events)
		}
		w.cond.Wait()
	}
}

func (w *worker) hears(e event) {
	w.t.Helper()
	w.until("to be told of a member", func() bool { return slices.Contains(w.events, e) })
}

func TestMeet(t *testing.T) {
	h := broker.NewHub()
	a := start(t, h, options(member(node(1, 1), 0, 10)))
	b := start(t, h, options(member(node(2, 2), 3, 20)))
	homeA, homeB := sid.Home{Node: 1, Slot: 0}, sid.Home{Node: 2, Slot: 3}
	a.hears(event{homeB, 20, true})
	b.hears(event{homeA, 10, true})
	if a.Life(homeB) != 20 || b.Life(homeA) != 10 || a.Life(homeA) != 10 || a.Life(sid.Home{Node: 2, Slot: 2}) != 0 || a.Life(sid.Home{Node: 9}) != 0 {
		t.Error("lives are not what was said")
	}
	if got := a.Members(); len(got) != 2 {
		t.Errorf("%d members", len(got))
	}
}

// Ids are told by the key of the node that they name.
func TestHome(t *testing.T) {
	h := broker.NewHub()
	a := start(t, h, options(member(node(1, 1), 0, 10)))
	b := start(t, h, options(member(node(2, 2), 3, 20)))
	home := sid.Home{Node: 2, Slot: 3}
	id := string(sid.NewKey(node(2, 2).Key).Append(nil, sid.EngineIO, home, [12]byte{5}))
	forged := string(sid.NewKey(node(1, 1).Key).Append(nil, sid.EngineIO, home, [12]byte{5}))
	absent := string(sid.NewKey(node(3, 3).Key).Append(nil, sid.EngineIO, sid.Home{Node: 3}, [12]byte{5}))
	a.hears(event{home, 20, true})
	if got, ok := a.Home(sid.EngineIO, id); !ok || got != home {
		t.Errorf("%v %v", got, ok)
	}
	for name, x := range map[string]struct {
		domain sid.Domain
		id     string
	}{"forged": {sid.EngineIO, forged}, "no such node": {sid.EngineIO, absent}, "domain": {sid.SocketIO, id}, "cut": {sid.EngineIO, id[1:]}, "empty": {sid.EngineIO, ""}} {
		if got, ok := a.Home(x.domain, x.id); ok {
			t.Errorf("%s: %v", name, got)
		}
	}
	sent := a.b.Stats().Published
	for range 1000 {
		a.Home(sid.EngineIO, forged)
	}
	if now := a.b.Stats().Published; now > sent+uint64(patience/beat) {
		t.Errorf("%d messages for ids that are looked at", now-sent)
	}
	_ = b.Close()
	a.hears(event{home, 20, false})
	if _, ok := a.Home(sid.EngineIO, id); ok {
		t.Error("an id of a node that has gone still leads somewhere")
	}
}

// Who has been introduced is known, beats or not.
func TestIntroduce(t *testing.T) {
	h := broker.NewHub()
	o := options(member(node(1, 1), 0, 10))
	o.Beat = time.Hour
	b := start(t, h, o)
	a := start(t, h, options(member(node(2, 2), 3, 20)))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := a.Introduce(ctx); err != nil {
		t.Fatal(err)
	}
	b.hears(event{sid.Home{Node: 2, Slot: 3}, 20, true})
	a.hears(event{sid.Home{Node: 1, Slot: 0}, 10, true}) // which was asked
	a.b.Interrupt()
	cancel()
	if err := a.Introduce(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("without a server: %v", err)
	}
}

func TestOwnHome(t *testing.T) {
	h := broker.NewHub()
	a := start(t, h, options(member(node(1, 1), 2, 10)))
	other := sid.Home{Node: 1, Slot: 1} // of this node: that it is heard is not asked
	id := string(sid.NewKey(node(1, 1).Key).Append(nil, sid.SocketIO, other, [12]byte{5}))
	if got, ok := a.Home(sid.SocketIO, id); !ok || got != other {
		t.Errorf("%v %v", got, ok)
	}
}

func TestSuccessor(t *testing.T) {
	h := broker.NewHub()
	a := start(t, h, options(member(node(1, 1), 0, 10)))
	n := node(2, 2)
	first := start(t, h, options(member(n, 1, 20)))
	home := sid.Home{Node: 2, Slot: 1}
	a.hears(event{home, 20, true})
	second := start(t, h, options(member(n, 1, 21))) // the first says nothing of its end
	a.hears(event{home, 21, true})
	a.mu.Lock()
	if want := []event{{home, 20, true}, {home, 20, false}, {home, 21, true}}; !slices.Equal(a.events, want) {
		t.Errorf("told %v", a.events)
	}
	a.mu.Unlock()
	if a.Life(home) != 21 {
		t.Error("the successor's life is not the present one")
	}
	// What an earlier life still says is passed over.
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for late := time.After(patience); a.Stats().Stale == 0; {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("no stale word")
		}
	}
	_, _ = first, second
}

func TestLost(t *testing.T) {
	h := broker.NewHub()
	a := start(t, h, options(member(node(1, 1), 0, 10)))
	n := node(2, 2)
	speaks := start(t, h, options(member(n, 0, 20)))
	dead := start(t, h, options(member(n, 1, 30)))
	home := sid.Home{Node: 2, Slot: 1}
	a.hears(event{sid.Home{Node: 2}, 20, true})
	a.hears(event{home, 30, true})
	speaks.hears(event{home, 30, true})
	dead.b.Interrupt() // it says nothing any more
	speaks.Lost(1, 30)
	a.hears(event{home, 30, false})
	speaks.hears(event{home, 30, false})
	if a.Life(home) != 0 || a.Life(sid.Home{Node: 2, Slot: 0}) != 20 {
		t.Error("the wrong one is gone")
	}
}

func TestSilence(t *testing.T) {
	h := broker.NewHub()
	o := options(member(node(1, 1), 0, 10))
	o.Silence = 10 * beat
	a := start(t, h, o)
	b := start(t, h, options(member(node(2, 2), 3, 20)))
	home := sid.Home{Node: 2, Slot: 3}
	a.hears(event{home, 20, true})
	b.b.Interrupt()
	a.hears(event{home, 20, false})
	b.b.Restore()
	a.until("to hear it again", func() bool { return len(a.events) == 3 && a.events[2] == event{home, 20, true} })
}

// A worker that hears nothing does not think that the others are gone.
func TestDeafForgetsNobody(t *testing.T) {
	h := broker.NewHub()
	o := options(member(node(1, 1), 0, 10))
	o.Silence = 2 * beat
	var beats atomic.Int64
	counted := make(chan struct{}, 1)
	o.Counts = func() roster.Counts { // called once a beat
		if beats.Add(1) > 20 {
			select {
			case counted <- struct{}{}:
			default:
			}
		}
		return roster.Counts{}
	}
	a := start(t, h, o)
	a.b.Interrupt()
	b := start(t, h, options(member(node(2, 2), 3, 20)))
	a.b.Restore()
	home := sid.Home{Node: 2, Slot: 3}
	a.hears(event{home, 20, true})
	a.b.Interrupt()
	select {
	case <-counted:
	case <-time.After(patience):
		t.Fatal("no beats")
	}
	if a.Life(home) != 20 {
		t.Error("forgotten by one that hears nothing")
	}
	_ = b
}

// Of two nodes with one number the younger is told, and only once.
func TestTaken(t *testing.T) {
	h := broker.NewHub()
	older, younger := node(7, 1), node(7, 2)
	b := start(t, h, options(member(younger, 0, 20)))
	a := start(t, h, options(member(older, 0, 10)))
	c := start(t, h, options(member(older, 1, 11)))
	b.until("to be told", func() bool { return len(b.taken) > 0 })
	b.hears(event{sid.Home{Node: 7, Slot: 1}, 11, true})
	b.mu.Lock()
	if !slices.Equal(b.taken, []uint64{1}) {
		t.Errorf("taken by %v", b.taken)
	}
	b.mu.Unlock()
	for _, w := range []*worker{a, c} {
		w.until("to meet the younger", func() bool { return slices.Contains(w.events, event{sid.Home{Node: 7, Slot: 0}, 20, true}) })
		w.mu.Lock()
		if len(w.taken) > 0 {
			t.Error("the older is told to yield")
		}
		w.mu.Unlock()
	}
	// Meanwhile the ids of both lead home: each has its own key.
	third := start(t, h, options(member(node(8, 8), 0, 30)))
	third.until("to hear both", func() bool { return len(third.events) == 3 })
	for _, m := range []roster.Member{member(older, 0, 10), member(younger, 0, 20)} {
		id := string(sid.NewKey(m.Key).Append(nil, sid.EngineIO, sid.Home{Node: 7}, [12]byte{1}))
		for _, w := range []*worker{a, third} {
			home, found, ok := w.Find(sid.EngineIO, id)
			if !ok || home != m.Home() || found != m.Incarnation() || !w.Alive(home, found) {
				t.Errorf("an id of boot %d leads to %v, %x, %v", m.Boot, home, found, ok)
			}
		}
		if third.Alive(m.Home(), roster.Incarnation(m.Boot, m.Life+1)) || third.Alive(m.Home(), 0) || third.Alive(sid.Home{Node: 7, Slot: 3}, m.Incarnation()) {
			t.Error("who is not heard is alive")
		}
	}
	_ = b.Close()
	third.hears(event{sid.Home{Node: 7}, 20, false})
	if m := member(older, 0, 10); !third.Alive(m.Home(), m.Incarnation()) {
		t.Error("the older is gone with the younger")
	}
}

// Machines of one number that could not hear each other settle it when they can.
func TestTakenAfterAPartition(t *testing.T) {
	h := broker.NewHub()
	older := start(t, h, options(member(node(7, 1), 0, 10)))
	older.b.Interrupt()
	younger := start(t, h, options(member(node(7, 2), 0, 20)))
	third := start(t, h, options(member(node(8, 3), 0, 30)))
	third.hears(event{sid.Home{Node: 7}, 20, true})
	younger.mu.Lock()
	if len(younger.taken) > 0 {
		t.Error("taken by one that is not heard")
	}
	younger.mu.Unlock()
	older.b.Restore()
	younger.until("to be told", func() bool { return slices.Equal(younger.taken, []uint64{1}) })
	_ = younger.Close()
	third.hears(event{sid.Home{Node: 7}, 10, true})
	third.hears(event{sid.Home{Node: 7}, 20, false})
	if third.Life(sid.Home{Node: 7}) != 10 {
		t.Error("the older is not heard any more")
	}
	older.mu.Lock()
	defer older.mu.Unlock()
	if len(older.taken) > 0 {
		t.Error("the older is told to yield")
	}
}

func TestMalformed(t *testing.T) {
	h := broker.NewHub()
	a := start(t, h, options(member(node(1, 1), 0, 10)))
	other := h.Connect()
	defer other.Close()
	if err := other.Publish("_ioserver.test.roster1", []byte("nonsense")); err != nil {
		t.Fatal(err)
	}
	b := start(t, h, options(member(node(2, 2), 0, 20)))
	a.hears(event{sid.Home{Node: 2}, 20, true}) // behind it
	if n := a.Stats().Malformed; n != 1 {
		t.Errorf("%d malformed", n)
	}
	_ = b
}

func TestClustersDoNotMeet(t *testing.T) {
	h := broker.NewHub()
	o := options(member(node(3, 3), 0, 30))
	o.Cluster = "other"
	start(t, h, o)
	a := start(t, h, options(member(node(1, 1), 0, 10)))
	b := start(t, h, options(member(node(2, 2), 0, 20)))
	a.hears(event{sid.Home{Node: 2}, 20, true})
	b.hears(event{sid.Home{Node: 1}, 10, true})
	if n := len(a.Members()); n != 2 {
		t.Errorf("%d members", n)
	}
}

func TestBadOptions(t *testing.T) {
	b := broker.NewHub().Connect()
	defer b.Close()
	good := options(member(node(1, 1), 0, 10))
	for name, change := range map[string]func(*roster.Options){
		"cluster": func(o *roster.Options) { o.Cluster = "a.b" }, "boot": func(o *roster.Options) { o.Self.Boot = 0 },
		"life": func(o *roster.Options) { o.Self.Life = 0 }, "slots": func(o *roster.Options) { o.Self.Slots = 0 },
		"slot": func(o *roster.Options) { o.Self.Slot = 4 },
	} {
		o := good
		change(&o)
		if _, err := roster.New(b, o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

package worker_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/protocol/sid"
)

// natsServer runs a server until the test's end. Who uses it has to be begun
// later.
func natsServer(t *testing.T) fdpass.Bus {
	t.Helper()
	c := embedded.Config{Cluster: "test", Internal: embedded.NewCredential("worker"), Application: embedded.NewCredential("application")}
	ctx, cancel := context.WithCancel(context.Background())
	urls, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- embedded.Run(ctx, c, func(url string) { urls <- url }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case url := <-urls:
		return fdpass.Bus{URLs: []string{url}, User: c.Internal.User, Password: c.Internal.Secret, Cluster: "test"}
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	case <-time.After(patience):
		t.Fatal("the NATS server does not start")
	}
	return fdpass.Bus{}
}

// observer is a worker of another machine that only looks on. It forgets nobody
// for being silent.
type observer struct {
	*roster.Roster
	t     *testing.T
	told  chan told
	taken chan roster.Node
}

type told struct {
	home  sid.Home
	life  uint64
	alive bool
}

func observe(t *testing.T, bus fdpass.Bus, n roster.Node, slot uint8) *observer {
	t.Helper()
	b, err := broker.ConnectNATS(broker.NATSOptions{Servers: bus.URLs, User: bus.User, Secret: bus.Password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	r, err := roster.New(b, roster.Options{Cluster: bus.Cluster, Self: roster.Member{Node: n, Slot: slot, Life: 1}, Silence: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	o := &observer{Roster: r, t: t, told: make(chan told, 1000), taken: make(chan roster.Node, 10)}
	r.OnMember(func(m roster.Member, alive bool) { o.told <- told{m.Home(), m.Life, alive} })
	r.OnTaken(func(by roster.Node) { o.taken <- by })
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return o
}

func (o *observer) hears(want told) {
	o.t.Helper()
	for late := time.After(patience); ; {
		select {
		case got := <-o.told:
			if got == want {
				return
			}
		case <-late:
			o.t.Fatalf("never told %+v", want)
		}
	}
}

// until looks again and again, for what nobody is told.
func (o *observer) until(what string, ok func() bool) {
	o.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !ok(); {
		select {
		case <-tick.C:
		case <-late:
			o.t.Fatalf("not so: %s; members %+v", what, o.Members())
		}
	}
}

func (o *observer) knows(homes ...sid.Home) {
	o.t.Helper()
	o.until("all are known", func() bool {
		return !slices.ContainsFunc(homes, func(h sid.Home) bool { return o.Life(h) == 0 })
	})
}

// elsewhere is another machine than the neighbours'.
func elsewhere(id uint16) roster.Node {
	return roster.Node{ID: id, Boot: 99, Began: time.Unix(1_800_000_000, 0), Key: [16]byte{99}, Slots: 2, Name: "elsewhere"}
}

// Other machines know the workers, what they hold and whose ids are theirs; and
// hear at once of one that has died, or has ended.
func TestKnownElsewhere(t *testing.T) {
	bus := natsServer(t)
	n := begin(t)
	o := observe(t, bus, elsewhere(9), 0)
	for i := range n.slots {
		n.launch(i, bus)
		if m := n.hear(i); m != (fdpass.Ready{}) {
			t.Fatalf("slot %d says %+v", i, m)
		}
	}
	one, two := sid.Home{Node: 7}, sid.Home{Node: 7, Slot: 1}
	o.knows(one, two)
	id := strings.TrimPrefix(n.session(1), "&sid=")
	if home, ok := o.Home(sid.EngineIO, id); !ok || home != two {
		t.Errorf("its id leads to %v, %v", home, ok)
	}
	o.until("the session is counted", func() bool { return holds(o, two, 1) })
	n.tell(0, fdpass.Peer{Slot: 1, Life: n.slots[1].life})
	o.hears(told{two, n.slots[1].life, false})
	n.stop(0)
	o.hears(told{one, n.slots[0].life, false})
	if _, ok := o.Home(sid.EngineIO, id); ok {
		t.Error("an id of a machine without workers still leads there")
	}
}

func holds(o *observer, home sid.Home, polling uint32) bool {
	for _, m := range o.Members() {
		if m.Home() == home && m.Counts.Polling == polling && m.Server != "" {
			return true
		}
	}
	return false
}

// A worker tells the master that another machine has this one's number, if that
// one began earlier.
func TestTellsThatTheNumberIsTaken(t *testing.T) {
	bus := natsServer(t)
	n := begin(t)
	younger := observe(t, bus, elsewhere(7), 0)
	n.launch(0, bus)
	if m := n.hear(0); m != (fdpass.Ready{}) {
		t.Fatalf("says %+v", m)
	}
	select {
	case by := <-younger.taken:
		if by.ID != 7 || by.Boot != 1 {
			t.Errorf("taken by %+v", by)
		}
	case <-time.After(patience):
		t.Fatal("the younger machine is not told")
	}
	older := elsewhere(7)
	older.Boot, older.Began = 98, time.Unix(1_600_000_000, 0)
	observe(t, bus, older, 1)
	want := fdpass.NodeTaken{Node: 7, Boot: 98, Host: "elsewhere"} // and nothing before it
	if m := n.hear(0); m != want {
		t.Errorf("says %+v, want %+v", m, want)
	}
}

// A worker that has just begun does not turn a client away whose node it has not
// heard of yet: it waits for it.
func TestNewcomerWaitsForOthers(t *testing.T) {
	bus := natsServer(t)
	bus.Shared = true
	n := begin(t)
	late := elsewhere(9)
	asked := make(chan struct{}, 100)
	b, err := broker.ConnectNATS(broker.NATSOptions{Servers: bus.URLs, User: bus.User, Secret: bus.Password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	if _, err := b.Subscribe("_ioserver.test.relay1.9.1", func(broker.Message) { asked <- struct{}{} }); err != nil {
		t.Fatal(err)
	}
	n.launch(0, bus)
	if m := n.hear(0); m != (fdpass.Ready{}) {
		t.Fatalf("says %+v", m)
	}
	id := string(sid.NewKey(late.Key).Append(nil, sid.EngineIO, sid.Home{Node: 9, Slot: 1}, [12]byte{1}))
	poll := n.poll(0, "GET", "&sid="+id, "")
	<-n.slots[0].loads // it has come
	o := observe(t, bus, late, 1)
	select {
	case <-asked:
	case <-time.After(patience):
		t.Fatal("nobody is asked")
	}
	_ = o.Close()
	poll.expect(400, unknownSID)
	n.poll(0, "GET", "&sid="+id, "").expect(400, unknownSID) // its node has gone, or is not awaited any more
}

// journal is a log that somebody waits for.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	close(j.more)
	j.more = make(chan struct{})
	return j.text.Write(b)
}

func (j *journal) read() (string, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String(), j.more
}

func (j *journal) await(t *testing.T, text string) {
	t.Helper()
	for late := time.After(patience); ; {
		log, more := j.read()
		if strings.Contains(log, text) {
			return
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("%q is not in:\n%s", text, log)
		}
	}
}

// The log has a line for each machine that comes and goes, by one worker only.
func TestNodesInTheLog(t *testing.T) {
	bus := natsServer(t)
	n, j := begin(t), &journal{more: make(chan struct{})}
	n.log = slog.New(slog.NewTextHandler(j, nil))
	for i := range n.slots {
		n.board.Slot(i).State.Store(uint32(scoreboard.Serving))
		n.launch(i, bus)
		if m := n.hear(i); m != (fdpass.Ready{}) {
			t.Fatalf("slot %d says %+v", i, m)
		}
	}
	var others []*observer
	for slot := range 2 {
		o := observe(t, bus, elsewhere(9), uint8(slot))
		o.knows(sid.Home{Node: 7}, sid.Home{Node: 7, Slot: 1})
		others = append(others, o)
	}
	const joined, left = `msg="node joined the cluster" slot=0 node=9 host=elsewhere of_workers=2 nodes=2`, `msg="node left the cluster" slot=0 node=9`
	j.await(t, joined)
	for _, o := range others {
		_ = o.Close()
	}
	j.await(t, left)
	for i := range n.slots {
		n.stop(i)
	}
	log, _ := j.read()
	if strings.Count(log, "node joined") != 1 || strings.Count(log, "node left") != 1 {
		t.Errorf("said more than once:\n%s", log)
	}
}

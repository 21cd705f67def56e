package socketio_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
)

// Who cannot be reached here is known without asking; whoever may be is not
// ruled out.
func TestMayReach(t *testing.T) {
	nodes := cluster(t, 2, serveRooms)
	here, there := nodes[0].Of("/"), nodes[1].Of("/")
	c, old := connect(t, nodes[0].addr), dial(t, nodes[0].addr, 3, "")
	old.expect("40")
	c.call("join", `["red"]`, "")
	id := here.Sockets()[0].ID()
	for _, x := range []struct {
		rooms       []string
		here, there bool
	}{
		{nil, true, true},
		{[]string{"red"}, true, false},
		{[]string{"blue"}, false, false},
		{[]string{"blue", "red"}, true, false},
		{[]string{id}, true, false},
		{[]string{old.sid}, true, false},
		{[]string{"blue", id}, true, false},
	} {
		if h, o := here.To(x.rooms...).MayReach(), there.To(x.rooms...).MayReach(); h != x.here || o != x.there {
			t.Errorf("%q: %v here, %v there", x.rooms, h, o)
		}
	}
	// From when the join has returned.
	if err := here.To(id).Local().SocketsJoin("green"); err != nil || !here.To("green").MayReach() {
		t.Errorf("%v", err)
	}
	alone, _ := start(t, socketio.Options{}, func(*socketio.Server) {})
	if !alone.Of("/").To("red").MayReach() {
		t.Error("a server on its own rules rooms out")
	}
}

// A namespace that a client has had made on another worker is reached from one
// that does not have it.
func TestReachNamespaceElsewhere(t *testing.T) {
	nodes := cluster(t, 2, func(s *socketio.Server) { s.OfRegexp(tenants) })
	c := dial(t, nodes[1].addr, 4, "")
	c.join("/tenant-1")
	if nodes[0].Lookup("/tenant-1") != nil {
		t.Fatal("it is here")
	}
	ns := nodes[0].Reach("tenant-1")
	if ns == nil || ns.Name() != "/tenant-1" {
		t.Fatalf("%v", ns)
	}
	if err := ns.Emit("m", 1); err != nil {
		t.Fatal(err)
	}
	c.expect(`42/tenant-1,["m",1]`)
	if all, err := ns.FetchSockets(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%d sockets, %v", len(all), err)
	}
	if err := ns.SocketsJoin("r"); err != nil {
		t.Fatal(err)
	}
	if err := ns.To("r").Emit("m", 2); err != nil {
		t.Fatal(err)
	}
	c.expect(`42/tenant-1,["m",2]`)
	// Once it is here, the handle is as good as it.
	own := dial(t, nodes[0].addr, 4, "")
	own.join("/tenant-1")
	if err := ns.Emit("m", 3); err != nil {
		t.Fatal(err)
	}
	own.expect(`42/tenant-1,["m",3]`)
	c.expect(`42/tenant-1,["m",3]`)
	if nodes[0].Reach("/tenant-1") != nodes[0].Lookup("/tenant-1") {
		t.Error("another handle for one that is here")
	}
	fixed, _ := start(t, socketio.Options{}, func(*socketio.Server) {})
	if fixed.Reach("/none") != nil || fixed.Reach("/") == nil {
		t.Error("a server without parents reaches what it does not have, or not what it has")
	}
}

// Check tells what Emit would, and emits nothing.
func TestCheck(t *testing.T) {
	s, addr := start(t, socketio.Options{}, func(*socketio.Server) {})
	c := connect(t, addr)
	all := s.Of("/").To()
	if err := all.Check("connect"); !errors.Is(err, socketio.ErrReserved) {
		t.Errorf("%v", err)
	}
	if err := all.Check("m", make(chan int)); err == nil {
		t.Error("a channel can be sent")
	}
	if err := all.Check("m", 1); err != nil {
		t.Error(err)
	}
	_ = s.Of("/").Emit("end")
	c.expect(`42["end"]`)
}

// A worker's own handlers hear what it has them hear, beside the others', and
// answer.
func TestHearServerSide(t *testing.T) {
	heard := make(chan int, 10)
	nodes := workers(t, 2, socketio.Limits{}, func(i int, s *socketio.Server) {
		s.Of("/").OnServerSide("e", func(e *socketio.ServerEvent) {
			if e.WantsAck() {
				_ = e.Ack("from", i, []byte{9})
			}
			if (e.From() != sid.Home{Node: 7}) {
				t.Errorf("from %v", e.From())
			}
			heard <- i
		})
		s.Of("/").OnServerSide("silent", func(*socketio.ServerEvent) {})
	})
	ns := nodes[0].Of("/")
	if err := ns.HearServerSide("e", 1); err != nil {
		t.Fatal(err)
	}
	if i := receive(t, heard); i != 0 {
		t.Errorf("worker %d heard", i)
	}
	args, err := ns.HearServerSideWithAck(t.Context(), "e", 2)
	var word string
	var number int
	var b []byte
	if err == nil {
		err = args.Decode(&word, &number, &b)
	}
	if err != nil || word != "from" || number != 0 || len(b) != 1 {
		t.Errorf("%+v, %v", args, err)
	}
	receive(t, heard)
	if err := ns.HearServerSide("connection"); !errors.Is(err, socketio.ErrReserved) {
		t.Errorf("%v", err)
	}
	if _, err := ns.HearServerSideWithAck(t.Context(), "unheard"); !errors.Is(err, socketio.ErrNoAck) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ns.HearServerSideWithAck(ctx, "silent"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	alone, _ := start(t, socketio.Options{}, func(*socketio.Server) {})
	if err := alone.Of("/").HearServerSide("e"); err != nil {
		t.Errorf("%v", err)
	}
	if ns.Home() != (sid.Home{Node: 7}) {
		t.Errorf("at %v", ns.Home())
	}
}

// A name that no client can say is nobody's: it would only be dropped elsewhere.
func TestReachNameOfNone(t *testing.T) {
	s, _ := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.OfFunc(func(string, socketio.Handshake) bool { return true })
	})
	for _, name := range []string{"/tenant-1,2", "/tenant-1\xff", "/" + strings.Repeat("t", 4096)} {
		if ns := s.Reach(name); ns != nil {
			t.Errorf("%.20q is reached", name)
		}
	}
}

package socketio_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

var tenants = regexp.MustCompile(`^/tenant-\d+$`)

func TestDynamicByRegexp(t *testing.T) {
	joined := make(chan *socketio.Namespace, 10)
	var parent *socketio.ParentNamespace
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		parent = s.OfRegexp(tenants)
		parent.OnConnection(func(s *socketio.Socket) { joined <- s.Namespace() })
		parent.On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
		s.OfRegexp(regexp.MustCompile(`tenant`)).OnConnection(func(*socketio.Socket) { t.Error("the second parent had it") })
	})
	c := dial(t, addr, 4, "")
	c.join("/tenant-1")
	first := receive(t, joined)
	c.join("/tenant-2")
	second := receive(t, joined)
	if first.Name() != "/tenant-1" || second.Name() != "/tenant-2" || s.Lookup("/tenant-1") != first || s.Of("tenant-2") != second {
		t.Errorf("namespaces %s and %s", first.Name(), second.Name())
	}
	c.send(`42/tenant-2,1["echo",1]`)
	c.expect(`43/tenant-2,1[1]`)
	dial(t, addr, 4, "").join("/tenant-1")
	if again := receive(t, joined); again != first {
		t.Error("a second namespace of that name")
	}
	c.send("40/other,")
	c.expect(`44/other,{"message":"Invalid namespace"}`)
	c.send("40/" + strings.Repeat("tenant", 200) + ",")
	if got := c.next(); !strings.HasSuffix(got, `,{"message":"Invalid namespace"}`) {
		t.Errorf("answer to a long name is %q", got)
	}
	if s.Lookup("/tenant-3") != nil {
		t.Error("a namespace that nobody has asked for")
	}
	s.Of("/tenant-3")
	if all := parent.Namespaces(); len(all) != 3 || all[0] != first || all[2].Name() != "/tenant-3" {
		t.Errorf("children %v", all)
	}
	if st := s.Stats(); st.DynamicNamespaces != 3 || st.Refused != 2 {
		t.Errorf("%d dynamic namespaces, %d refused", st.DynamicNamespaces, st.Refused)
	}

	old := dial(t, addr, 3, "")
	old.expect("40")
	old.send("40/tenant-4?token=x,")
	old.expect("40/tenant-4,")
	if got := receive(t, joined).Name(); got != "/tenant-4" {
		t.Errorf("protocol 4 joined %s", got)
	}
}

func TestDynamicByFunction(t *testing.T) {
	asked := make(chan string, 10)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/static")
		s.OfFunc(func(name string, h socketio.Handshake) bool {
			asked <- "first " + name + string(h.Auth) + h.Query.Get("q")
			if name == "/panic" {
				panic("boom")
			}
			return name == "/one"
		})
		s.OfRegexp(regexp.MustCompile("^/two$")).Use(func(s *socketio.Socket) error {
			if string(s.Handshake().Auth) == "{}" {
				return errors.New("no token")
			}
			return nil
		})
		s.OfFunc(func(name string, _ socketio.Handshake) bool {
			asked <- "second " + name
			return name == "/three"
		})
	})
	c := dial(t, addr, 4, "&q=1")
	for _, step := range []struct {
		send, answer string
		asked        []string
	}{
		{`40/one,{"a":1}`, `40/one,`, []string{`first /one{"a":1}1`}},
		{`40/two,`, `44/two,{"message":"no token"}`, []string{`first /two{}1`}},
		{`40/two,{"t":1}`, `40/two,`, nil}, // there is that namespace now
		{`40/three,`, `40/three,`, []string{`first /three{}1`, "second /three"}},
		{`40/four,`, `44/four,{"message":"Invalid namespace"}`, []string{`first /four{}1`, "second /four"}},
		{`40/panic,`, `44/panic,{"message":"Invalid namespace"}`, []string{`first /panic{}1`, "second /panic"}},
		{`40/static,`, `40/static,`, nil},
	} {
		c.send(step.send)
		if got := c.next(); !strings.HasPrefix(got, step.answer) {
			t.Errorf("answer to %s is %s", step.send, got)
		}
		for _, want := range step.asked {
			if got := receive(t, asked); got != want {
				t.Errorf("%s: asked %s, want %s", step.send, got, want)
			}
		}
		if len(asked) > 0 {
			t.Errorf("%s: also asked %s", step.send, <-asked)
		}
	}
	if st := s.Stats(); st.DynamicNamespaces != 3 || st.Panics != 1 {
		t.Errorf("%d dynamic namespaces, %d panics", st.DynamicNamespaces, st.Panics)
	}
}

// A function may block: others go on, the client may go, and two that wait for
// the same name get one namespace.
func TestDynamicSlowFunction(t *testing.T) {
	asked, answer := make(chan string, 10), make(chan bool)
	sockets := make(chan *socketio.Socket, 10)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		p := s.OfFunc(func(name string, _ socketio.Handshake) bool { asked <- name; return <-answer })
		p.OnConnection(func(s *socketio.Socket) { sockets <- s })
	})
	a, b, gone := connect(t, addr), dial(t, addr, 4, ""), dial(t, addr, 4, "")
	for _, c := range []*client{a, b, gone} {
		c.send("40/slow,")
		receive(t, asked)
	}
	a.send(`42["ignored"]`)
	gone.send("42/slow,[1]") // too early
	gone.expectClosed()
	for range 3 {
		answer <- true
	}
	if one, two := receive(t, sockets), receive(t, sockets); one.Namespace() != two.Namespace() || one == two {
		t.Error("not one namespace")
	}
	for _, c := range []*client{a, b} {
		if got := c.next(); !strings.HasPrefix(got, `40/slow,`) {
			t.Errorf("answer %s", got)
		}
	}
	if st := s.Stats(); st.Sockets != 3 || st.DynamicNamespaces != 1 {
		t.Errorf("%d sockets, %d dynamic namespaces", st.Sockets, st.DynamicNamespaces)
	}
}

// Children hear of what is registered with their parent later, and of what is
// registered with themselves.
func TestDynamicInherits(t *testing.T) {
	heard := make(chan string, 10)
	says := func(who string) func(*socketio.Socket, *socketio.Event) {
		return func(_ *socketio.Socket, e *socketio.Event) { heard <- who + " " + e.Name() }
	}
	s, addr := start(t, socketio.Options{}, nil)
	p := s.OfRegexp(tenants)
	p.On("e", says("parent"))
	own, plain := s.Of("/tenant-1"), s.Of("/tenant-2")
	own.On("e", says("own"))
	p.On("late", says("late"))
	p.On("e", says("again"))
	for _, tt := range []struct {
		ns   *socketio.Namespace
		want []string
	}{
		{own, []string{"parent e", "own e", "again e", "late late"}},
		{plain, []string{"parent e", "again e", "late late"}},
		{s.Of("/tenant-3"), []string{"parent e", "again e", "late late"}},
	} {
		c := dial(t, addr, 4, "")
		c.join(tt.ns.Name())
		c.send("42" + tt.ns.Name() + `,["e"]`)
		c.send("42" + tt.ns.Name() + `,["late"]`)
		for _, want := range tt.want {
			if got := receive(t, heard); got != want {
				t.Errorf("%s: heard %s, want %s", tt.ns.Name(), got, want)
			}
		}
	}
}

func TestDynamicCleanup(t *testing.T) {
	ended, asked, answer := make(chan *socketio.Socket, 10), make(chan struct{}, 10), make(chan error)
	var parent *socketio.ParentNamespace
	s, addr := start(t, socketio.Options{CleanupEmptyNamespaces: true}, func(s *socketio.Server) {
		parent = s.OfRegexp(tenants)
		parent.OnDisconnect(func(s *socketio.Socket, _ string) { ended <- s })
		parent.Use(func(s *socketio.Socket) error {
			if string(s.Handshake().Auth) == "{}" {
				return nil
			}
			asked <- struct{}{}
			return <-answer
		})
	})
	c, other := dial(t, addr, 4, ""), dial(t, addr, 4, "")
	c.join("/tenant-1")
	held := s.Lookup("/tenant-1")
	other.join("/tenant-1")
	c.send("41/tenant-1,")
	receive(t, ended)
	if s.Lookup("/tenant-1") != held {
		t.Fatal("gone with a client in it")
	}
	// One that is being asked about keeps it.
	c.send(`40/tenant-1,{"slow":1}`)
	receive(t, asked)
	other.send("41/tenant-1,")
	receive(t, ended)
	if s.Lookup("/tenant-1") != held {
		t.Fatal("gone with a client on its way into it")
	}
	answer <- errors.New("no")
	c.expect(`44/tenant-1,{"message":"no"}`)
	if s.Lookup("/tenant-1") != nil || len(parent.Namespaces()) != 0 || s.Stats().DynamicNamespaces != 0 {
		t.Fatal("still there")
	}
	// Who holds the one that is gone reaches the next.
	c.join("/tenant-1")
	if next := s.Lookup("/tenant-1"); next == held || len(held.Sockets()) != 1 {
		t.Error("not a new one, or the old one does not lead there")
	}
	if err := held.Emit("m"); err != nil {
		t.Error(err)
	}
	c.expect(`42/tenant-1,["m"]`)
}

func TestDynamicBound(t *testing.T) {
	s, addr := start(t, socketio.Options{Limits: socketio.Limits{DynamicNamespaces: 1}}, func(s *socketio.Server) {
		s.OfRegexp(tenants)
		s.OfFunc(func(string, socketio.Handshake) bool { return true })
	})
	c := dial(t, addr, 4, "")
	c.join("/tenant-1")
	c.send("40/tenant-2,")
	c.expect(`44/tenant-2,{"message":"too many dynamic namespaces"}`)
	c.send("40/any,")
	c.expect(`44/any,{"message":"too many dynamic namespaces"}`)
	if n := s.Stats().DynamicOverflows; n != 2 {
		t.Errorf("%d overflows counted", n)
	}
	s.Of("/tenant-3")
	c.join("/tenant-3")
}

func TestParentBroadcast(t *testing.T) {
	var parent *socketio.ParentNamespace
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		parent = s.OfRegexp(tenants)
		parent.OnConnection(func(s *socketio.Socket) { _ = s.Join("all", s.Namespace().Name()); _ = s.Emit("in") })
	})
	if err := parent.Emit("m"); err != nil {
		t.Errorf("to no children: %v", err)
	}
	a, b := dial(t, addr, 4, ""), dial(t, addr, 4, "")
	a.join("/tenant-1")
	b.join("/tenant-2")
	a.expect(`42/tenant-1,["in"]`)
	b.expect(`42/tenant-2,["in"]`)
	_ = parent.Emit("m", 1)
	_ = parent.To("all").Except("/tenant-2").Emit("m", 2)
	_ = parent.In("/tenant-2").Compress(false).Emit("m", 3)
	_ = parent.Volatile().Local().Emit("m", 4)
	a.expect(`42/tenant-1,["m",1]`, `42/tenant-1,["m",2]`, `42/tenant-1,["m",4]`)
	b.expect(`42/tenant-2,["m",1]`, `42/tenant-2,["m",3]`, `42/tenant-2,["m",4]`)
	if err := parent.Emit("connect"); !errors.Is(err, socketio.ErrReserved) {
		t.Errorf("a reserved name: %v", err)
	}
}

// A namespace that only one worker has is reached there from another, which
// makes it when it is asked for it by name.
func TestDynamicInCluster(t *testing.T) {
	told := make(chan string, 10)
	var parents []*socketio.ParentNamespace
	nodes := cluster(t, 2, func(s *socketio.Server) {
		p := s.OfRegexp(tenants)
		p.OnConnection(func(s *socketio.Socket) { _ = s.Join("room"); _ = s.Emit("in") })
		p.OnServerSide("tell", func(e *socketio.ServerEvent) { told <- e.Name() })
		parents = append(parents, p)
	})
	c := dial(t, nodes[1].addr, 4, "")
	c.join("/tenant-1")
	c.expect(`42/tenant-1,["in"]`)
	if nodes[0].Lookup("/tenant-1") != nil {
		t.Error("the other worker has it too")
	}
	_ = nodes[0].Of("/tenant-1").To("room").Emit("m", 1)
	_ = parents[0].Emit("m", 2)
	c.expect(`42/tenant-1,["m",1]`, `42/tenant-1,["m",2]`)
	_ = nodes[0].Of("/tenant-1").ServerSideEmit("tell")
	receive(t, told)
}

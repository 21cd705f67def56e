package socketio_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
)

// roomServer lets clients join and leave by events, and broadcast:
// ["to", rooms, except, text].
func roomServer(t testing.TB, o socketio.Options) (*socketio.Server, string) {
	return start(t, o, func(s *socketio.Server) { serveRooms(s) })
}

func serveRooms(s *socketio.Server) {
	ns := s.Of("/")
	ns.On("join", func(s *socketio.Socket, e *socketio.Event) {
		var rooms []string
		_ = e.Decode(&rooms)
		if err := s.Join(rooms...); err != nil {
			_ = e.Ack(err.Error())
			return
		}
		_ = e.Ack()
	})
	ns.On("leave", func(s *socketio.Socket, e *socketio.Event) {
		var room string
		_ = e.Decode(&room)
		_ = s.Leave(room)
		_ = e.Ack(s.Rooms()[1:])
	})
	ns.On("to", func(s *socketio.Socket, e *socketio.Event) {
		var rooms, except []string
		var text string
		_ = e.Decode(&rooms, &except, &text)
		_ = s.To(rooms...).Except(except...).Emit("m", text)
		_ = e.Ack()
	})
}

func (c *client) call(event, args string, answer string) {
	c.t.Helper()
	if args != "" {
		args = "," + args
	}
	c.send(`427["` + event + `"` + args + `]`)
	c.expect(`437[` + answer + `]`)
}

// sync returns when the client has nothing more to receive of what was sent
// before: the message that it waits for is sent behind.
func (c *client) sync(s *socketio.Server) {
	c.t.Helper()
	if err := s.Of("/").Emit("sync"); err != nil {
		c.t.Fatal(err)
	}
	c.expect(`42["sync"]`)
}

func TestRooms(t *testing.T) {
	s, addr := roomServer(t, socketio.Options{})
	a, b, c := connect(t, addr), connect(t, addr), connect(t, addr)
	a.call("join", `["x","y"]`, "")
	b.call("join", `["y","z"]`, "")
	c.call("join", `["z"]`, "")

	for _, tt := range []struct {
		rooms, except string
		to            []*client
	}{
		{`["x"]`, `[]`, nil}, // the sender is not meant
		{`["y"]`, `[]`, []*client{b}},
		{`["z"]`, `[]`, []*client{b, c}},
		{`["y","z","y"]`, `[]`, []*client{b, c}}, // each once
		{`["y","z"]`, `["y"]`, []*client{c}},
		{`[]`, `[]`, []*client{b, c}},
		{`[]`, `["z"]`, nil},
		{`["nobody"]`, `[]`, nil},
	} {
		a.call("to", tt.rooms+","+tt.except+`,"hi"`, "")
		for _, o := range tt.to {
			o.expect(`42["m","hi"]`)
		}
		a.sync(s)
		b.expect(`42["sync"]`)
		c.expect(`42["sync"]`)
	}

	a.call("leave", `"x"`, `["y"]`)
	a.call("leave", `"x"`, `["y"]`)
	if err := s.Of("/").To("x").Emit("m"); err != nil {
		t.Error(err)
	}
	a.sync(s)
	if n := s.Stats().Memberships; n != 4 {
		t.Errorf("%d memberships, want 4", n)
	}
}

// A socket's id is a room of its own.
func TestToSocket(t *testing.T) {
	s, addr := roomServer(t, socketio.Options{})
	a, b := dial(t, addr, 4, ""), dial(t, addr, 4, "")
	idA, idB := a.join("/"), b.join("/")
	ns := s.Of("/")
	for _, emit := range []socketio.Broadcast{ns.To(idA), ns.In(idA), ns.Except(idB), ns.To(idA, idB).Except(idB), ns.To(idA, idA)} {
		if err := emit.Emit("only", "a"); err != nil {
			t.Error(err)
		}
		a.expect(`42["only","a"]`)
		a.sync(s)
		b.expect(`42["sync"]`)
	}
	// Others may join it too, where the server is alone.
	b.call("join", `["`+idA+`"]`, "")
	_ = ns.To(idA).Emit("both")
	a.expect(`42["both"]`)
	b.expect(`42["both"]`)
	a.call("leave", `"`+idA+`"`, "[]") // nobody leaves its own id
	_ = ns.To(idA).Emit("both")
	a.expect(`42["both"]`)
}

func TestNamespacesAreApart(t *testing.T) {
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		for _, name := range []string{"/", "/b"} {
			s.Of(name).OnConnection(func(s *socketio.Socket) { _ = s.Join("room") })
		}
	})
	c := connect(t, addr)
	c.join("/b")
	_ = s.Of("/b").To("room").Emit("x")
	_ = s.Of("/").To("room").Emit("x")
	_ = s.Of("/b").Emit("y")
	c.expect(`42/b,["x"]`, `42["x"]`, `42/b,["y"]`)
}

func TestBroadcastFromSocket(t *testing.T) {
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").On("all", func(s *socketio.Socket, _ *socketio.Event) {
			_ = s.Broadcast().Emit("m", "others")
			_ = s.Emit("m", "me")
			_ = s.Local().Emit("m", "local")
			_ = s.Volatile().Emit("m", "volatile me")
			_ = s.Volatile().Broadcast().Emit("m", "volatile others")
			_ = s.Volatile().To(s.ID()).Emit("m", "not myself")
			_ = s.Except("nowhere").Emit("m", "except")
		})
	})
	a, b := connect(t, addr), connect(t, addr)
	a.send(`42["all"]`)
	a.expect(`42["m","me"]`, `42["m","volatile me"]`)
	b.expect(`42["m","others"]`, `42["m","local"]`, `42["m","volatile others"]`, `42["m","except"]`)
	_ = s.Of("/").Local().Volatile().Emit("end")
	a.expect(`42["end"]`)
	b.expect(`42["end"]`)
}

// A Broadcast is a value: what is added to one does not show in another.
func TestBroadcastIsAValue(t *testing.T) {
	s, addr := roomServer(t, socketio.Options{})
	a, b := connect(t, addr), connect(t, addr)
	a.call("join", `["a"]`, "")
	b.call("join", `["b"]`, "")
	rooms := make([]string, 1, 8)
	rooms[0] = "none"
	base := s.Of("/").To(rooms...)
	toA, toB := base.To("a"), base.To("b")
	_ = toA.Emit("m", "a")
	_ = toB.Emit("m", "b")
	a.expect(`42["m","a"]`)
	b.expect(`42["m","b"]`)
	a.sync(s)
	b.expect(`42["sync"]`)
}

func TestRoomLimits(t *testing.T) {
	sockets := make(chan *socketio.Socket, 1)
	s, addr := start(t, socketio.Options{Limits: socketio.Limits{RoomsPerSocket: 3, RoomNameBytes: 5}}, func(s *socketio.Server) {
		s.Of("/").OnConnection(func(s *socketio.Socket) { sockets <- s })
	})
	c := connect(t, addr)
	socket := receive(t, sockets)
	for _, name := range []string{"", "123456"} {
		if err := socket.Join(name); !errors.Is(err, socketio.ErrRoomName) {
			t.Errorf("room %q: %v", name, err)
		}
	}
	for _, name := range []string{"a", "b", "a", "a"} {
		if err := socket.Join(name); err != nil {
			t.Errorf("room %q: %v", name, err)
		}
		socket.Rooms() // a room that it is in already gives its place back
	}
	if err := socket.Join("c", "d"); !errors.Is(err, socketio.ErrTooManyRooms) {
		t.Errorf("room 3 and 4: %v", err)
	}
	if err := socket.Join("c"); err != nil {
		t.Error(err)
	}
	if err := socket.Join("d"); !errors.Is(err, socketio.ErrTooManyRooms) {
		t.Errorf("room 4: %v", err)
	}
	if n := s.Stats().RoomOverflows; n != 2 {
		t.Errorf("%d overflows counted", n)
	}
	_ = socket.Leave("a")
	socket.Rooms()
	if err := socket.Join("d"); err != nil {
		t.Error(err)
	}
	if got := socket.Rooms()[1:]; len(got) != 3 || !slices.Contains(got, "d") {
		t.Errorf("rooms are %v", got)
	}
	c.send("41")
	c.join("/")
	if err := socket.Join("z"); !errors.Is(err, socketio.ErrDisconnected) {
		t.Errorf("join after the end: %v", err)
	}
	if got := socket.Rooms(); len(got) != 0 {
		t.Errorf("rooms after the end are %v", got)
	}
	if n := s.Stats().Memberships; n != 0 {
		t.Errorf("%d memberships left", n)
	}
}

// Whoever a broadcast is made to gets what one goroutine emits in order.
func TestEmissionOrder(t *testing.T) {
	s, addr := roomServer(t, socketio.Options{})
	c := dial(t, addr, 4, "")
	id := c.join("/")
	c.call("join", `["a","b"]`, "")
	ns := s.Of("/")
	sockets := ns.Sockets()
	var want []string
	for i := range 500 {
		var err error
		switch i % 4 {
		case 0:
			err = sockets[0].Emit("n", i)
		case 1:
			err = ns.To("a").Emit("n", i)
		case 2:
			err = ns.To("b", "a").Emit("n", i)
		default:
			err = ns.To(id).Emit("n", i)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range 500 {
		want = append(want, strings.ReplaceAll(`42["n",#]`, "#", itoa(i)))
	}
	c.expect(want...)
}

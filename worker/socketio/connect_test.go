package socketio_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/socketio"
)

func TestConnect(t *testing.T) {
	sockets := make(chan *socketio.Socket, 10)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").OnConnection(func(s *socketio.Socket) { sockets <- s })
		s.Of("admin").OnConnection(func(s *socketio.Socket) { sockets <- s })
	})
	c := dial(t, addr, 4, "&a=1")
	id := c.join("/")
	got := receive(t, sockets)
	if got.ID() != id || id == c.sid || !got.Connected() || got.Namespace() != s.Of("/") || got.Session() != c.sid {
		t.Errorf("socket %s, the client's is %s, its session %s", got.ID(), id, c.sid)
	}
	c.send(`40/admin,{"token":"x"}`)
	admin := c.next()
	got = receive(t, sockets)
	if admin != `40/admin,{"sid":"`+got.ID()+`"}` || got.ID() == id {
		t.Errorf("answer is %s, the socket %s", admin, got.ID())
	}
	h := got.Handshake()
	if string(h.Auth) != `{"token":"x"}` || h.Query.Get("a") != "1" || h.Headers["x-test"] != "yes" || h.Address != "127.0.0.1" ||
		h.Secure || h.XDomain || !strings.HasPrefix(h.URL, "/socket.io/?EIO=4") || time.Since(h.Time) > time.Minute ||
		h.Issued != h.Time.UnixMilli() {
		t.Errorf("handshake is %+v", h)
	}
	if n := s.Stats().Sockets; n != 2 {
		t.Errorf("%d sockets, want 2", n)
	}
	if list := s.Of("/").Sockets(); len(list) != 1 || list[0].ID() != id {
		t.Errorf("sockets of /: %v", list)
	}
}

func TestConnectWithoutAuth(t *testing.T) {
	auth := make(chan string, 1)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").OnConnection(func(s *socketio.Socket) { auth <- string(s.Handshake().Auth) })
	})
	dial(t, addr, 4, "").join("/")
	if got := receive(t, auth); got != "{}" {
		t.Errorf("auth is %s", got)
	}
}

func TestProtocol4(t *testing.T) {
	sockets := make(chan *socketio.Socket, 10)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		for _, name := range []string{"/", "/admin"} {
			s.Of(name).OnConnection(func(s *socketio.Socket) { sockets <- s })
		}
	})
	c := dial(t, addr, 3, "&a=1")
	c.expect("40")
	if s := receive(t, sockets); s.ID() != c.sid {
		t.Errorf("socket %s, session %s", s.ID(), c.sid)
	}
	c.send("40/admin?tok=1&tok=2&b=a%20c+d,")
	c.expect("40/admin,")
	s := receive(t, sockets)
	if want := "/admin#" + c.sid; s.ID() != want {
		t.Errorf("socket %s, want %s", s.ID(), want)
	}
	h := s.Handshake()
	if string(h.Auth) != `{"b":"a c d","tok":"2"}` || h.Query.Get("b") != "a c d" || h.Query.Get("a") != "1" {
		t.Errorf("auth %s, query %v", h.Auth, h.Query)
	}
	if err := s.Emit("x", 1); err != nil {
		t.Error(err)
	}
	c.expect(`42/admin,["x",1]`)
	c.send("41/admin")
	c.send("40/admin#part?tok=3,") // a URL's part, as the reference reads it
	c.expect("40/admin,")
	if auth := receive(t, sockets).Handshake().Auth; string(auth) != "{}" {
		t.Errorf("auth %s", auth)
	}
	c.send("41/admin")
	c.send("40/nope?x=1,")
	c.expect(`44/nope,{"message":"Invalid namespace"}`)
}

// What the reference answers, and how it ends, for input that is out of order
// or malformed. All of it was run against 4.8.4.
func TestWrongInput(t *testing.T) {
	reasons := make(chan string, 10)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").OnDisconnect(func(_ *socketio.Socket, reason string) { reasons <- reason })
		s.Of("/admin")
	})
	tests := []struct {
		name   string
		eio    int
		joined bool
		input  []string // "b" is binary
	}{
		{"event before connect", 4, false, []string{`42["a"]`}},
		{"disconnect before connect", 4, false, []string{`41`}},
		{"binary before connect", 4, false, []string{"b"}},
		{"binary event before connect", 4, false, []string{`451-["a",{"_placeholder":true,"num":0}]`}},
		{"auth is an array", 4, false, []string{`40[]`}},
		{"auth is a string", 4, false, []string{`40"x"`}},
		{"auth is null", 4, false, []string{`40null`}},
		{"second connect", 4, true, []string{`40`}},
		{"second connect in protocol 4", 3, true, []string{`40`}},
		{"namespace not joined", 4, true, []string{`42/admin,["a"]`}},
		{"no attachments", 4, true, []string{`450-["a"]`}},
		{"eleven attachments", 4, true, []string{`4511-["a"]`}},
		{"attachments unreadable", 4, true, []string{`45x-["a"]`}},
		{"text instead of an attachment", 4, true, []string{`451-["a",{"_placeholder":true,"num":0}]`, `42["b"]`}},
		{"stray binary", 4, true, []string{"b"}},
		{"placeholder out of range", 4, true, []string{`451-["a",{"_placeholder":true,"num":1}]`, "b"}},
		{"placeholder negative", 4, true, []string{`451-["a",{"_placeholder":true,"num":-1}]`, "b"}},
		{"connect error", 4, true, []string{`44{}`}},
		{"unknown type", 4, true, []string{`49`}},
		{"no type", 4, true, []string{`4`}},
		{"reserved event", 4, true, []string{`42["disconnect"]`}},
		{"empty event", 4, true, []string{`42[]`}},
		{"event is an object", 4, true, []string{`42{}`}},
		{"broken JSON", 4, true, []string{`42["a"`}},
		{"disconnect with data", 4, true, []string{`41{}`}},
		{"ack is an object", 4, true, []string{`431{}`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := s.Stats().Violations
			c := dial(t, addr, tt.eio, "")
			switch {
			case tt.eio == 3:
				c.expect("40")
			case tt.joined:
				c.join("/")
			}
			for _, in := range tt.input {
				if in == "b" {
					c.sendBinary([]byte("x"))
				} else {
					c.send(in)
				}
			}
			c.expectClosed()
			if tt.joined {
				if r := receive(t, reasons); r != "forced close" {
					t.Errorf("reason is %q", r)
				}
			}
			if n := s.Stats().Violations; n != before+1 {
				t.Errorf("%d violations counted", n-before)
			}
		})
	}
}

// Input that the reference takes, however odd.
func TestOddInput(t *testing.T) {
	names := make(chan string, 1)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		for _, name := range []string{"1", "error", "__proto__", "é\n"} {
			s.Of("/").On(name, func(_ *socketio.Socket, e *socketio.Event) { names <- e.Name() })
		}
	})
	c := connect(t, addr)
	for _, tt := range []struct{ in, name string }{
		{`42[1,2]`, "1"},
		{`42["error"]`, "error"},
		{`42["__proto__"]`, "__proto__"},
		{`42["\u00e9\n"]`, "é\n"},
		{`42[ "error" , 1 ] `, "error"},
		{`42007["error"]`, "error"},
	} {
		c.send(tt.in)
		if got := receive(t, names); got != tt.name {
			t.Errorf("%s is event %q", tt.in, got)
		}
	}
	c.send(`4312["nobody asked"]`)
	c.send(`42["nobody listens"]`)
	c.send(`42["error"]`)
	receive(t, names)
}

func TestUnknownNamespace(t *testing.T) {
	s, addr := start(t, socketio.Options{}, nil)
	c := dial(t, addr, 4, "")
	c.send("40/nope,")
	c.expect(`44/nope,{"message":"Invalid namespace"}`)
	c.send("40/admin?tok=1,")
	c.expect(`44/admin?tok=1,{"message":"Invalid namespace"}`)
	s.Of("/nope")
	c.join("/nope")
	if st := s.Stats(); st.Refused != 2 || st.Connected != 1 {
		t.Errorf("%d refused, %d connected", st.Refused, st.Connected)
	}
}

func TestMiddleware(t *testing.T) {
	calls := make(chan string, 20)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		ns := s.Of("/")
		ns.Use(func(s *socketio.Socket) error {
			var auth struct{ Token string }
			if err := json.Unmarshal(s.Handshake().Auth, &auth); err != nil {
				return err
			}
			if s.Connected() {
				t.Error("connected before the middleware has agreed")
			}
			switch auth.Token {
			case "plain":
				return errors.New("go <away>")
			case "data":
				return &socketio.ConnectError{Message: "no", Data: map[string]int{"code": 7}}
			case "wrapped":
				return errors.Join(&socketio.ConnectError{Message: "inner", Data: 1})
			case "panic":
				panic("boom")
			case "unencodable":
				return &socketio.ConnectError{Message: "no", Data: make(chan int)}
			}
			return s.SetData(auth.Token)
		})
		ns.Use(func(s *socketio.Socket) error {
			var token string
			if err := s.Data(&token); err != nil {
				return err
			}
			calls <- token
			if err := s.Join("early", "gone", s.ID(), "gone", "early"); err != nil {
				return err
			}
			return s.Leave("gone")
		})
		ns.OnConnection(func(s *socketio.Socket) {
			var token string
			_ = s.Data(&token)
			_ = s.Emit("welcome", token, s.Rooms()[1:])
		})
	})
	for token, want := range map[string]string{
		"plain":       `44{"message":"go \u003caway\u003e"}`,
		"data":        `44{"message":"no","data":{"code":7}}`,
		"wrapped":     `44{"message":"inner","data":1}`,
		"panic":       `44{"message":"internal server error"}`,
		"unencodable": `44{"message":"internal server error"}`,
	} {
		c := dial(t, addr, 4, "")
		c.send(`40{"token":"` + token + `"}`)
		c.expect(want)
		// A refused client may try again on the same connection.
		c.send(`40{"token":"ok"}`)
		if got := c.next(); !strings.HasPrefix(got, `40{"sid"`) {
			t.Errorf("%s: then %s", token, got)
		}
		c.expect(`42["welcome","ok",["early"]]`)
	}
	for range len(calls) {
		if token := <-calls; token != "ok" {
			t.Errorf("the second middleware was asked after a refusal: %s", token)
		}
	}
}

func TestMiddlewareProtocol4(t *testing.T) {
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/data").Use(func(*socketio.Socket) error { return &socketio.ConnectError{Message: "no", Data: []int{1}} })
		s.Of("/plain").Use(func(*socketio.Socket) error { return errors.New("no") })
	})
	c := dial(t, addr, 3, "")
	c.expect("40")
	c.send("40/data,")
	c.expect("44/data,[1]")
	c.send("40/plain,")
	c.expect(`44/plain,"no"`)
}

// The middleware may block; the client may give up meanwhile, or try to
// connect twice.
func TestSlowMiddleware(t *testing.T) {
	asked, answer := make(chan struct{}, 2), make(chan error)
	reasons := make(chan string, 1)
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").Use(func(*socketio.Socket) error { asked <- struct{}{}; return <-answer })
		s.Of("/").OnConnection(func(*socketio.Socket) { t.Error("connected") })
		s.Of("/").OnDisconnect(func(_ *socketio.Socket, r string) { reasons <- r })
		s.Of("/other").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
		s.Of("/other").OnDisconnect(func(_ *socketio.Socket, r string) { reasons <- r })
	})
	c := dial(t, addr, 4, "")
	c.send("40")
	receive(t, asked)
	c.join("/other")
	c.send(`42/other,1["echo"]`)
	c.expect("43/other,1[]")
	c.send(`42["too early"]`)
	c.expectClosed()
	if r := receive(t, reasons); r != "forced close" {
		t.Errorf("reason is %q", r)
	}
	answer <- nil
	if n := s.Stats().Sockets; n != 0 {
		t.Errorf("%d sockets left", n)
	}
}

func TestConnectTimeout(t *testing.T) {
	s, addr := start(t, socketio.Options{ConnectTimeout: 20 * time.Millisecond}, func(s *socketio.Server) {
		s.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack() })
	})
	joined := connect(t, addr)
	dial(t, addr, 4, "").expectClosed()
	if n := s.Stats().ConnectTimeouts; n != 1 {
		t.Errorf("%d timeouts counted", n)
	}
	joined.send(`421["echo"]`)
	joined.expect("431[]")
}

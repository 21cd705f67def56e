package tokens_test

import (
	"encoding/json"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/tokens"
)

func bearer(user string, lasts time.Duration, rooms ...string) string {
	return sign(jwt.SigningMethodHS256, []byte(secret), jwt.MapClaims{"sub": user, "exp": time.Now().Add(lasts).Unix(), "rooms": rooms, "data": map[string]int{"n": len(rooms)}})
}

func TestBearersComeIn(t *testing.T) {
	came := make(chan *socketio.Socket, 1)
	s := serve(t, func(io *socketio.Server) { io.Of("/").OnConnection(func(s *socketio.Socket) { came <- s }) })
	s.connect(withToken(bearer("ann", time.Hour, "a", "b"))).expect("40")
	socket := <-came
	var i tokens.Identity
	if err := socket.Data(&i); err != nil || i.User != "ann" || string(i.Data) != `{"n":2}` || i.Expires == 0 {
		t.Errorf("%+v, %v", i, err)
	}
	if rooms := socket.Rooms(); !slices.Equal(rooms[1:], []string{"a", "b"}) {
		t.Errorf("in %q", rooms)
	}
	if stats := s.guard.Stats(); stats.Accepted != 1 || stats.Bearers != 1 {
		t.Errorf("%+v", stats)
	}
	socket.Disconnect(false)
	until(t, "it is forgotten", func() bool { return s.guard.Stats().Bearers == 0 })
}

func TestOthersAreRefused(t *testing.T) {
	s := serve(t, nil)
	for auth, code := range map[string]tokens.Code{
		"": tokens.Missing, `{"token":null}`: tokens.Missing, `{"token":7}`: tokens.Malformed, withToken("x"): tokens.Malformed, withToken(bearer("u", -time.Hour)): tokens.TooOld,
		withToken(sign(jwt.SigningMethodHS256, []byte("another "+secret), jwt.MapClaims{})): tokens.Refused,
	} {
		if got := s.connect(auth).refused(); got != string(code) {
			t.Errorf("%.60q: %s, want %s", auth, got, code)
		}
	}
	if stats := s.guard.Stats(); stats.Refused[slices.Index(tokens.Codes[:], tokens.Missing)] != 2 || stats.Bearers != 0 {
		t.Errorf("%+v", stats)
	}
}

// Another middleware that refuses leaves nothing behind.
func TestRefusedByAnother(t *testing.T) {
	s := serve(t, func(io *socketio.Server) { io.Of("/").Use(func(*socketio.Socket) error { return errors.New("no") }) })
	s.connect(withToken(bearer("ann", time.Hour))).expect("44")
	until(t, "it is forgotten", func() bool { return s.guard.Stats().Bearers == 0 })
}

func TestTokenExpires(t *testing.T) {
	reasons := make(chan string, 2)
	s := serve(t, func(io *socketio.Server) {
		io.Of("/").OnDisconnect(func(_ *socketio.Socket, reason string) { reasons <- reason })
	})
	later := s.connect(withToken(bearer("bob", time.Hour)))
	later.expect("40")
	c := s.connect(withToken(bearer("ann", -4*time.Second))) // the clocks may differ by 5
	c.expect("40")
	var event [2]any
	if err := json.Unmarshal([]byte(c.expect("42")), &event); err != nil || event[0] != tokens.Expired || event[1].(map[string]any)["code"] != string(tokens.TooOld) {
		t.Errorf("%v, %v", event, err)
	}
	c.expect("41")
	if reason := <-reasons; reason != socketio.TokenExpired {
		t.Errorf("disconnected for %q", reason)
	}
	if stats := s.guard.Stats(); stats.Expired != 1 || stats.Bearers != 1 {
		t.Errorf("%+v", stats)
	}
	until(t, "it is counted", func() bool {
		return s.io.Stats().Disconnects[slices.Index(socketio.Reasons[:], socketio.TokenExpired)] == 1
	})
}

// It expires while another middleware takes its time.
func TestExpiredOnTheWayIn(t *testing.T) {
	var s *server
	s = serve(t, func(io *socketio.Server) {
		io.Of("/").Use(func(*socketio.Socket) error {
			until(t, "it has expired", func() bool { return s.guard.Stats().Expired == 1 })
			return nil
		})
	})
	c := s.connect(withToken(bearer("ann", -4*time.Second)))
	c.expect("40")
	c.expect(`42["` + tokens.Expired)
	c.expect("41")
}

func TestRefresh(t *testing.T) {
	came := make(chan *socketio.Socket, 1)
	s := serve(t, func(io *socketio.Server) { io.Of("/").OnConnection(func(s *socketio.Socket) { came <- s }) })
	c := s.connect(withToken(bearer("ann", -3*time.Second, "a", "b")))
	c.expect("40")
	socket := <-came
	ask := func(argument string) string {
		c.say(`421["` + tokens.Refresh + `"` + argument + `]`)
		return c.expect("431")
	}
	for argument, code := range map[string]tokens.Code{
		"": tokens.Missing, ",7": tokens.Malformed, `,"` + bearer("bob", time.Hour) + `"`: tokens.Another, `,"` + bearer("ann", -time.Hour) + `"`: tokens.TooOld,
	} {
		if got := ask(argument); !strings.Contains(got, `"code":"`+string(code)+`"`) {
			t.Errorf("%s answers %s, want %s", argument, got, code)
		}
	}
	if got := ask(`,"` + bearer("ann", time.Hour, "b", "c") + `"`); !strings.HasPrefix(got, `[{"expires":`) {
		t.Fatalf("%s", got)
	}
	rooms := socket.Rooms()[1:]
	slices.Sort(rooms)
	if !slices.Equal(rooms, []string{"b", "c"}) {
		t.Errorf("in %q", rooms)
	}
	// What the application has made of the data stays.
	if err := socket.SetData("mine"); err != nil {
		t.Fatal(err)
	}
	if got := ask(`,"` + sign(jwt.SigningMethodHS256, []byte(secret), jwt.MapClaims{"sub": "ann"}) + `"`); got != `[{"expires":0}]` {
		t.Fatalf("%s", got)
	}
	var data string
	if err := socket.Data(&data); err != nil || data != "mine" {
		t.Errorf("%q, %v", data, err)
	}
	if stats := s.guard.Stats(); stats.Refreshed != 2 || stats.Expired != 0 || stats.Bearers != 1 {
		t.Errorf("%+v", stats)
	}
}

// Other keys judge who comes from then on.
func TestKeysChange(t *testing.T) {
	s := serve(t, nil)
	c := s.connect(withToken(bearer("ann", time.Hour)))
	c.expect("40")
	s.guard.SetVerifier(verifier(t, tokens.Options{}, []byte("another "+secret)))
	if code := s.connect(withToken(bearer("ann", time.Hour))).refused(); code != string(tokens.Refused) {
		t.Errorf("%s", code)
	}
	s.connect(withToken(sign(jwt.SigningMethodHS256, []byte("another "+secret), jwt.MapClaims{}))).expect("40")
	c.say(`421["` + tokens.Refresh + `"]`)
	c.expect("431")
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Errorf("not in time: %s", what)
			return
		}
	}
}

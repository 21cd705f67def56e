package contract_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

func TestParse(t *testing.T) {
	for _, x := range []struct {
		name, body string
		want       contract.Command
	}{
		{"emit", `{"event":"m"}`, contract.Command{Event: "m"}},
		{"emit", ` {"event":"m","args":[1],"namespace":"/a","rooms":["r","\u0073"],"except":["e"],"volatile":true,"compress":false,"ack":{"timeoutMs":1500}} `, contract.Command{
			Event: "m", Args: &socketio.Args{JSON: json.RawMessage("[1]")}, Namespace: "/a", Rooms: []string{"r", "s"}, Except: []string{"e"},
			Volatile: true, Plain: true, AckTimeout: 1500 * time.Millisecond,
		}},
		{"emit", `{"event":"m","compress":true,"volatile":false,"except":[]}`, contract.Command{Event: "m"}},
		{"join", `{"join":["a","b"],"rooms":["x"]}`, contract.Command{Names: []string{"a", "b"}, Rooms: []string{"x"}}},
		{"leave", `{"leave":["a"],"namespace":"/n"}`, contract.Command{Names: []string{"a"}, Namespace: "/n"}},
		{"disconnect", `{}`, contract.Command{}},
		{"disconnect", `{"close":true,"except":["a"]}`, contract.Command{Close: true, Except: []string{"a"}}},
		{"sockets", `{"limit":10000,"after":"x","handshake":true}`, contract.Command{Limit: 10000, After: "x", Handshake: true}},
		{"rooms", `{"limit":1,"rooms":["a"]}`, contract.Command{Limit: 1, Rooms: []string{"a"}}},
		{"server-side-emit", `{"event":"m","args":[],"ack":{"timeoutMs":60000}}`, contract.Command{Event: "m", Args: &socketio.Args{JSON: json.RawMessage("[]")}, AckTimeout: time.Minute}},
	} {
		x.want.Name = x.name
		if x.want.Namespace == "" {
			x.want.Namespace = "/"
		}
		if x.want.Limit == 0 {
			x.want.Limit = 1000
		}
		if got, err := contract.Parse(x.name, []byte(x.body)); err != nil || !reflect.DeepEqual(*got, x.want) {
			t.Errorf("%s %s: %+v, %v", x.name, x.body, got, err)
		}
	}
}

func TestRefusedCommands(t *testing.T) {
	rooms := func(n int) string { return `["r"` + strings.Repeat(`,"r"`, n-1) + `]` }
	for _, x := range []struct{ name, body, code, says string }{
		{"shout", `{}`, contract.UnknownCommand, `"shout"`},
		{"emit", ``, contract.BadJSON, "empty"},
		{"emit", `{"event":"m"`, contract.BadJSON, "end"},
		{"emit", "{\"event\":\"\xff\"}", contract.BadJSON, "UTF-8"},
		{"emit", `[]`, contract.WrongType, "an array"},
		{"emit", `{}`, contract.MissingField, `"event"`},
		{"emit", `{"event":"m","Event":"n"}`, contract.UnknownField, `"Event"`},
		{"emit", `{"event":"m","\u0065vent":"n"}`, contract.DuplicateField, `"event"`},
		{"emit", `{"event":"m","join":["r"]}`, contract.UnknownField, `"join"`},
		{"emit", `{"event":"m","ack":true}`, contract.WrongType, `"ack" is a boolean`},
		{"emit", `{"event":"m","ack":{}}`, contract.MissingField, "ack.timeoutMs"},
		{"emit", `{"event":"m","ack":{"timeoutMs":0}}`, contract.InvalidValue, "from 1 to 60000"},
		{"emit", `{"event":"m","ack":{"timeoutMs":60001}}`, contract.InvalidValue, "from 1 to 60000"},
		{"emit", `{"event":"m","ack":{"timeoutMs":1.5}}`, contract.InvalidValue, "1.5"},
		{"emit", `{"event":"m","ack":{"timeoutMs":"1"}}`, contract.WrongType, "a string"},
		{"emit", `{"event":"m","ack":{"timeoutMs":1,"timeout":2}}`, contract.UnknownField, `"ack.timeout"`},
		{"emit", `{"event":"m","ack":{"timeoutMs":1,"timeoutMs":2}}`, contract.DuplicateField, `"timeoutMs"`},
		{"emit", `{"event":"m","compress":1}`, contract.WrongType, `"compress" is a number`},
		{"emit", `{"event":"m","args":[{"$binary":"!"}]}`, contract.InvalidValue, "base64"},
		{"emit", `{"event":"m","except":` + rooms(contract.MaxRooms+1) + `}`, contract.TooManyRooms, `"except"`},
		{"join", `{}`, contract.MissingField, `"join"`},
		{"join", `{"join":[]}`, contract.InvalidValue, "empty"},
		{"join", `{"join":[""]}`, contract.InvalidValue, "1 to 1024"},
		{"join", `{"join":"a"}`, contract.WrongType, `"join" is a string`},
		{"join", `{"join":["a"],"rooms":[]}`, contract.InvalidValue, `"rooms" is empty`},
		{"leave", `{"join":["a"]}`, contract.UnknownField, `"join"`},
		{"disconnect", `{"close":"yes"}`, contract.WrongType, `"close" is a string`},
		{"sockets", `{"limit":0}`, contract.InvalidValue, "from 1 to 10000"},
		{"sockets", `{"limit":10001}`, contract.InvalidValue, "from 1 to 10000"},
		{"sockets", `{"limit":99999999999999999999}`, contract.InvalidValue, "from 1 to 10000"},
		{"sockets", `{"after":7}`, contract.WrongType, `"after" is a number`},
		{"rooms", `{"handshake":true}`, contract.UnknownField, `"handshake"`},
		{"server-side-emit", `{"event":"m","rooms":["r"]}`, contract.UnknownField, `"rooms"`},
		{"server-side-emit", `{"event":""}`, contract.InvalidValue, "empty"},
	} {
		c, err := contract.Parse(x.name, []byte(x.body))
		if err == nil || c != nil || err.Code != x.code || !strings.Contains(err.Message, x.says) || len(err.Message) > 300 {
			t.Errorf("%s %.60s: %+v, %+v", x.name, x.body, c, err)
		}
	}
}

func TestAddresses(t *testing.T) {
	long := strings.Repeat("ü", 500)
	hash := contract.Token(long)
	for _, x := range []struct {
		subject, body string
		namespace     string
		rooms         []string
		home          string
	}{
		{"emit", `{"event":"m"}`, "/", nil, ""},
		{"emit", `{"event":"m","namespace":"/a","rooms":["r","s"]}`, "/a", []string{"r", "s"}, ""},
		{"emit._", `{"event":"m"}`, "/", nil, ""},
		{"emit.chat", `{"event":"m"}`, "/chat", nil, ""},
		{"emit.chat", `{"event":"m","namespace":"/chat","rooms":["r"]}`, "/chat", []string{"r"}, ""},
		{"emit._.a%2Eb", `{"event":"m"}`, "/", []string{"a.b"}, ""},
		{"emit._.r", `{"event":"m","rooms":["r"],"except":["s"]}`, "/", []string{"r"}, ""},
		{"emit.chat." + hash, `{"event":"m","rooms":["` + long + `"]}`, "/chat", []string{long}, ""},
		{"emit." + hash + ".r", `{"event":"m","namespace":"/` + long + `"}`, "/" + long, []string{"r"}, ""},
		{"disconnect._.r", ``, "/", []string{"r"}, ""},
		{"at.AbC_.join.chat.r", `{"join":["x"]}`, "/chat", []string{"r"}, "AbC_"},
		{"server-side-emit.chat", `{"event":"m"}`, "/chat", nil, ""},
	} {
		a, err := contract.ParseAddress(x.subject)
		if err != nil {
			t.Errorf("%s: %v", x.subject, err)
			continue
		}
		c, err := a.Parse([]byte(x.body))
		if err != nil || c.Namespace != x.namespace || !slices.Equal(c.Rooms, x.rooms) || a.Home != x.home {
			t.Errorf("%s %.60s: %+v, %+v", x.subject, x.body, c, err)
		}
	}
}

func TestRefusedAddresses(t *testing.T) {
	hash := contract.Token(strings.Repeat("x", 200))
	for _, x := range []struct{ subject, body, code string }{
		{"", `{}`, contract.UnknownCommand},
		{"shout._", `{}`, contract.UnknownCommand},
		{"at", `{}`, contract.UnknownCommand},
		{"at.AbCd", `{}`, contract.UnknownCommand},
		{"emit._.a.b", `{"event":"m"}`, contract.BadSubject},
		{"at.AbCd.emit._.a.b.c.d.e", `{"event":"m"}`, contract.BadSubject},
		{"emit.%", `{"event":"m"}`, contract.BadSubject},
		{"emit._._", `{"event":"m"}`, contract.BadSubject},
		{"emit._.=123", `{"event":"m"}`, contract.BadSubject},
		{"emit.chat", `{"event":"m","namespace":"/"}`, contract.InvalidValue},
		{"emit._.r", `{"event":"m","rooms":["s"]}`, contract.InvalidValue},
		{"emit._.r", `{"event":"m","rooms":["r","s"]}`, contract.InvalidValue},
		{"emit._.r", `{"event":"m","rooms":[]}`, contract.InvalidValue},
		{"emit._." + hash, `{"event":"m"}`, contract.MissingField},
		{"emit._." + hash, `{"event":"m","rooms":["r"]}`, contract.InvalidValue},
		{"emit." + hash, `{"event":"m"}`, contract.MissingField},
		{"emit." + hash, `{"event":"m","namespace":"/chat"}`, contract.InvalidValue},
		{"emit._", ``, contract.BadJSON},
		{"server-side-emit._.r", `{"event":"m"}`, contract.BadSubject},
	} {
		a, err := contract.ParseAddress(x.subject)
		if err == nil {
			_, err = a.Parse([]byte(x.body))
		}
		if err == nil || err.Code != x.code {
			t.Errorf("%s %s: %+v", x.subject, x.body, err)
		}
	}
}

// What is read from a body is what encoding/json reads.
func FuzzCommand(f *testing.F) {
	for _, s := range []string{
		`{"event":"m","args":[1,"a\"b",{"c":[{}]}],"rooms":["r","\u0061"],"volatile":true}`, `{"event":"m","except":[]}`, `[]`, `{"a":{}}`, ` {} `,
		`{"join":["a"],"namespace":"/x"}`, `{"limit":10,"after":"a","handshake":true}`, `{"event":"m","ack":{"timeoutMs":5}}`, `{"close":true}`,
	} {
		for i := range contract.Commands() {
			f.Add(i, "_.r", []byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, i int, subject string, b []byte) {
		name := contract.Commands()[uint(i)%uint(len(contract.Commands()))]
		if a, err := contract.ParseAddress(name + "." + subject); err == nil {
			_, _ = a.Parse(b)
		}
		c, err := contract.Parse(name, b)
		if err != nil {
			return
		}
		var want struct {
			Namespace                  *string
			Event                      string
			Rooms, Except, Join, Leave []string
			Volatile, Close, Handshake bool
			Compress                   *bool
			Limit                      int
			After                      string
			Ack                        struct{ TimeoutMs int }
			Args                       json.RawMessage
		}
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatalf("%q is taken: %v", b, err)
		}
		if want.Namespace == nil {
			root := "/"
			want.Namespace = &root
		}
		if want.Limit == 0 {
			want.Limit = 1000
		}
		plain := want.Compress != nil && !*want.Compress
		if want.Event != c.Event || *want.Namespace != c.Namespace || want.Volatile != c.Volatile || plain != c.Plain || want.Close != c.Close ||
			want.Handshake != c.Handshake || want.Limit != c.Limit || want.After != c.After || time.Duration(want.Ack.TimeoutMs)*time.Millisecond != c.AckTimeout ||
			!slices.Equal(want.Rooms, c.Rooms) || !slices.Equal(want.Except, c.Except) || !slices.Equal(append(want.Join, want.Leave...), c.Names) {
			t.Fatalf("%q is %+v, want %+v", b, c, want)
		}
		if (c.Args == nil) != (want.Args == nil) {
			t.Fatalf("%q has the arguments %v", b, c.Args)
		}
	})
}

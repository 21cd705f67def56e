package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/api"
)

// Events reach whom they name, as they were written.
func TestEmit(t *testing.T) {
	p := begin(t, api.New)
	a, b, chat := p.client(""), p.client(""), p.client("/chat")
	a.Join("red")
	b.Join("blue")
	c := p.dial(p.tcp)
	for _, x := range []struct {
		body    string
		hearers []*client
		packet  string
	}{
		{`{"event":"m"}`, []*client{a, b}, `42["m"]`},
		{`{"namespace":"/","event":"m","args":[]}`, []*client{a, b}, `42["m"]`},
		{`{"event":"m","args":[1, {"a" : [null]},"\u00e9é<>&",1e400,-0.10]}`, []*client{a, b}, `42["m",1,{"a" : [null]},"\u00e9é<>&",1e400,-0.10]`},
		{` { "args" : [ 12 ] , "event" : "\u006d\n" } `, []*client{a, b}, `42["m\n",12]`},
		{`{"event":"m","args":["x"],"rooms":["red"]}`, []*client{a}, `42["m","x"]`},
		{`{"event":"m","rooms":["re\u0064","blue","none"],"except":[]}`, []*client{a, b}, `42["m"]`},
		{`{"event":"m","except":["red"]}`, []*client{b}, `42["m"]`},
		{`{"event":"m","rooms":["red","blue"],"except":["blue"]}`, []*client{a}, `42["m"]`},
		{`{"event":"m","rooms":["` + b.ID + `"],"volatile":false}`, []*client{b}, `42["m"]`},
		{`{"event":"m","namespace":"/chat","volatile":true}`, []*client{chat}, `42/chat,["m"]`},
		{`{"event":"last"}`, []*client{a, b}, `42["last"]`},
	} {
		if got := c.post(x.body); got.StatusCode != 200 || got.body != "{\"ok\":true}\n" || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", x.body, got.StatusCode, got.body)
		}
		for _, h := range x.hearers {
			h.Hears(x.packet)
		}
	}
	p.until(func(api.Stats) bool { return p.io.Stats().Emits >= 11 }) // the last turn's are counted at its end
}

// A volatile event is lost on a client that cannot be written to.
func TestVolatile(t *testing.T) {
	p := begin(t, api.New)
	url := "http://" + p.public + "/socket.io/?EIO=4&transport=polling"
	poll := func(method, body string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s, %v", method, res.StatusCode, b, err)
		}
		return string(b)
	}
	var open struct{ SID string }
	if err := json.Unmarshal([]byte(poll("GET", "")[1:]), &open); err != nil {
		t.Fatal(err)
	}
	url += "&sid=" + open.SID
	poll("POST", "40")
	poll("GET", "") // the answer to that; no poll waits from now on
	c := p.dial(p.tcp)
	for _, body := range []string{`{"event":"lost","volatile":true}`, `{"event":"kept","volatile":false}`, `{"event":"kept"}`} {
		if got := c.post(body); got.StatusCode != 200 {
			t.Errorf("%s: %d %s", body, got.StatusCode, got.body)
		}
	}
	if got, want := poll("GET", ""), "42[\"kept\"]\x1e42[\"kept\"]"; got != want {
		t.Errorf("heard %q, want %q", got, want)
	}
}

// Whatever is wrong with a body is named, and nothing is done.
func TestRefusedBodies(t *testing.T) {
	p := begin(t, api.New)
	listener := p.client("")
	rooms := func(n int) string { return `["r"` + strings.Repeat(`,"r"`, n-1) + `]` }
	c := p.dial(p.tcp)
	for _, x := range []struct{ body, code, says string }{
		{``, "invalid_json", "empty"},
		{` `, "invalid_json", "end"},
		{`{"event":"m"`, "invalid_json", "end"},
		{`{"event":"m"}}`, "invalid_json", "byte 14"},
		{`{event:"m"}`, "invalid_json", "'e'"},
		{"{\"event\":\"\xff\"}", "invalid_json", "UTF-8"},
		{`["m"]`, "wrong_type", "an array"},
		{`"m"`, "wrong_type", "a string"},
		{`null`, "wrong_type", "null"},
		{`{}`, "missing_field", "event"},
		{`{"args":[]}`, "missing_field", "event"},
		{`{"event":"m","Args":[]}`, "unknown_field", `"Args"`},
		{`{"event":"m","ro\u006fm":[]}`, "unknown_field", `"room"`},
		{`{"event":"m","event":"n"}`, "duplicate_field", `"event"`},
		{`{"event":"m","args":[],"\u0061rgs":[]}`, "duplicate_field", `"args"`},
		{`{"event":1}`, "wrong_type", `"event" is a number`},
		{`{"event":null}`, "wrong_type", `"event" is null`},
		{`{"event":""}`, "invalid_value", "empty"},
		{`{"event":"m","args":{}}`, "wrong_type", `"args" is an object`},
		{`{"event":"m","args":"x"}`, "wrong_type", `"args" is a string`},
		{`{"event":"m","volatile":1}`, "wrong_type", `"volatile" is a number`},
		{`{"event":"m","volatile":"true"}`, "wrong_type", `"volatile" is a string`},
		{`{"event":"m","rooms":"r"}`, "wrong_type", `"rooms" is a string`},
		{`{"event":"m","rooms":null}`, "wrong_type", `"rooms" is null`},
		{`{"event":"m","rooms":["r",2]}`, "wrong_type", `"rooms" holds a number`},
		{`{"event":"m","rooms":[]}`, "invalid_value", `"rooms" is empty`},
		{`{"event":"m","rooms":[""]}`, "invalid_value", `"rooms"`},
		{`{"event":"m","except":["` + strings.Repeat("x", api.MaxRoomName+1) + `"]}`, "invalid_value", `"except"`},
		{`{"event":"m","rooms":` + rooms(api.MaxRooms+1) + `}`, "too_many_rooms", `"rooms"`},
		{`{"event":"m","except":` + rooms(api.MaxRooms+1) + `}`, "too_many_rooms", `"except"`},
		{`{"event":"m","namespace":true}`, "wrong_type", `"namespace" is a boolean`},
		{`{"event":"m","namespace":"chat"}`, "invalid_value", "slash"},
		{`{"event":"m","namespace":"/nowhere"}`, "unknown_namespace", `"/nowhere"`},
		{`{"event":"connect"}`, "reserved_event", `"connect"`},
		{`{"event":"disconnecting"}`, "reserved_event", `"disconnecting"`},
		{`{"event":"newListener","rooms":["r"]}`, "reserved_event", `"newListener"`},
		{`{"` + strings.Repeat("x", 5000) + `":1}`, "unknown_field", `xxx..."`},
		{`{"event":"m","args":[` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `]}`, "invalid_value", `"args" is nested`},
		{strings.Repeat("[", 20_000), "invalid_json", ""},
	} {
		got := c.post(x.body)
		if message := got.refused(t, 400, x.code); !strings.Contains(message, x.says) || len(message) > 300 {
			t.Errorf("%.80s: %s, which does not say %s", x.body, message, x.says)
		}
		if got.Close { // all that is more than is read with the head
			if len(x.body) <= 8<<10 {
				t.Errorf("%.80s: ends the connection", x.body)
			}
			c = p.dial(p.tcp)
		}
	}
	c.post(`{"event":"after"}`)
	listener.Hears(`42["after"]`)
}

// Rooms up to the bound, and arguments up to the largest body, are taken.
func TestLargest(t *testing.T) {
	p := begin(t, api.New)
	listener := p.client("")
	listener.Join("r")
	c := p.dial(p.tcp)
	body := `{"event":"m","rooms":["r"` + strings.Repeat(`,"r"`, api.MaxRooms-1) + `],"args":[]}`
	if got := c.post(body); got.StatusCode != 200 {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	listener.Hears(`42["m"]`)
	deep := strings.Repeat("[", 1000) + strings.Repeat("]", 1000)
	if got := c.post(`{"event":"m","args":` + deep + `}`); got.StatusCode != 200 {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	listener.Hears(`42["m",` + deep[1:len(deep)-1] + `]`)
	frame := `{"event":"m","args":["%s"]}`
	text := strings.Repeat("x", api.LeastBody-len(frame)+2)
	if got := c.post(fmt.Sprintf(frame, text)); got.StatusCode != 200 {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	listener.Hears(`42["m","` + text + `"]`)
	c.post(fmt.Sprintf(frame, text+"x")).refused(t, 413, "too_large")
	c.over()
	if err := p.api.Reconfigure(api.Settings{Tokens: []string{sum(token)}, MaxBody: api.LeastBody + 1}); err != nil {
		t.Fatal(err)
	}
	if got := p.dial(p.tcp).post(fmt.Sprintf(frame, text+"x")); got.StatusCode != 200 {
		t.Errorf("with a larger bound: %d %s", got.StatusCode, got.body)
	}
}

// Requests on one connection are served in order, sent one by one or at once.
func TestOrder(t *testing.T) {
	p := begin(t, api.New)
	listener := p.client("")
	c := p.dial(p.tcp)
	const n = 500
	go func() {
		var b strings.Builder
		for i := range n {
			b.WriteString(request(fmt.Sprintf(`{"event":"m","args":[%d]}`, i)))
		}
		_, _ = c.conn.Write([]byte(b.String()))
	}()
	for i := range n {
		if got := c.answer("POST"); got.StatusCode != 200 {
			t.Fatalf("request %d: %d %s", i, got.StatusCode, got.body)
		}
	}
	for i := range n {
		listener.Hears(fmt.Sprintf(`42["m",%d]`, i))
	}
}

// A chunked body is as good as one whose length is announced.
func TestChunked(t *testing.T) {
	p := begin(t, api.New)
	listener := p.client("")
	c := p.dial(p.tcp)
	head := "POST /api/emit HTTP/1.1\r\nHost: x\r\n" + authorization + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
	c.send("%s5\r\n{\"eve\r\n8\r\nnt\":\"m\"}\r\n0\r\n\r\n", head)
	if got := c.answer("POST"); got.StatusCode != 200 {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	listener.Hears(`42["m"]`)
	c.alive()
	c.send("%sx\r\n", head)
	c.answer("POST").refused(t, 400, "bad_request")
	c.over()
	c = p.dial(p.tcp)
	c.send("%s%x\r\n%s", head, 2*api.LeastBody, strings.Repeat(" ", api.LeastBody+10))
	c.answer("POST").refused(t, 413, "too_large")
	c.over()
}

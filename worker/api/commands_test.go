package api_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/socketio/inmemory"
)

// does posts a command.
func (c *call) does(name, body string) answer {
	c.t.Helper()
	c.send("%s", strings.Replace(request(body), "/api/emit", "/api/"+name, 1))
	return c.answer("POST")
}

// asks is a query, of a page.
func (c *call) asks(path string, page any) answer {
	c.t.Helper()
	c.send("GET /api/%s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, authorization)
	a := c.answer("GET")
	if page != nil && a.StatusCode == http.StatusOK {
		if err := json.Unmarshal([]byte(a.body), page); err != nil {
			c.t.Errorf("%s: %v", path, err)
		}
	}
	return a
}

// Sockets join, are found, leave and end by commands.
func TestCommands(t *testing.T) {
	p := begin(t, api.New)
	a, b := p.client(""), p.client("")
	p.client("/chat")
	c := p.dial(p.tcp)
	ok := func(name, body string) {
		t.Helper()
		if got := c.does(name, body); got.StatusCode != 200 || got.body != "{\"ok\":true}\n" {
			t.Errorf("%s %s: %d %s", name, body, got.StatusCode, got.body)
		}
	}
	ok("join", `{"socket":"`+a.ID+`","join":["red","blue"]}`)
	ok("join", `{"rooms":["red","`+b.ID+`"],"join":["all"]}`)
	var rooms contract.RoomsPage
	c.asks("rooms", &rooms)
	if want := []contract.RoomInfo{{Room: "all", Sockets: 2}, {Room: "blue", Sockets: 1}, {Room: "red", Sockets: 1}}; !slices.Equal(rooms.Rooms, want) || rooms.Next != "" {
		t.Errorf("%+v", rooms)
	}
	ok("emit", `{"event":"m","rooms":["red"]}`)
	a.Hears(`42["m"]`)
	ok("leave", `{"leave":["all"],"except":["blue"]}`)
	var sockets contract.SocketsPage
	c.asks("sockets?rooms=all&rooms=none&handshake=true", &sockets)
	if len(sockets.Sockets) != 1 || sockets.Sockets[0].ID != a.ID || sockets.Sockets[0].Handshake == nil || !slices.Contains(sockets.Sockets[0].Rooms, "blue") {
		t.Errorf("%+v", sockets)
	}
	ok("disconnect", `{"rooms":["blue"],"close":false}`)
	a.Hears("41")
	c.asks("sockets", &sockets)
	if len(sockets.Sockets) != 1 || sockets.Sockets[0].ID != b.ID {
		t.Errorf("%+v", sockets)
	}
	c.asks("sockets?namespace=/chat", &sockets)
	if len(sockets.Sockets) != 1 {
		t.Errorf("%+v", sockets)
	}
}

// An acknowledgement is the answer, or that none came.
func TestEmitWithAck(t *testing.T) {
	p := begin(t, api.New)
	a, b := p.client(""), p.client("")
	c := p.dial(p.tcp)
	c.send("%s", request(`{"event":"q","args":[1],"socket":"`+a.ID+`","ack":{"timeoutMs":10000}}`))
	packet := a.Next()
	number := strings.TrimSuffix(strings.TrimPrefix(packet, "42"), `["q",1]`)
	a.Say("43" + number + `["yes"]`)
	if got := c.answer("POST"); got.body != `{"ok":true,"answers":[{"id":"`+a.ID+`","args":["yes"]}],"missing":[],"workers":[]}`+"\n" {
		t.Errorf("%s: %d %s", packet, got.StatusCode, got.body)
	}
	if got := c.does("emit", `{"event":"q","socket":"`+b.ID+`","ack":{"timeoutMs":500}}`); got.StatusCode != 200 || !strings.Contains(got.body, `"ok":false,"answers":[],"missing":["`+b.ID+`"]`) {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
}

// newcomer is an adapter that never comes to know the others.
type newcomer struct{ *inmemory.Adapter }

func (newcomer) Met() <-chan struct{} { return nil }

// A worker that does not know the others does not answer for them.
func TestUnmet(t *testing.T) {
	p := beginWith(t, api.New, newcomer{new(inmemory.Hub).Join(sid.Home{Node: 7, Slot: 1})})
	a := p.client("")
	c := p.dial(p.tcp)
	c.asks("sockets", nil).refused(t, 503, "unanswered")
	c.does("emit", `{"event":"q","socket":"`+strings.Repeat("x", 28)+`"}`).refused(t, 503, "unanswered")
	c.does("join", `{"join":["r"]}`).refused(t, 503, "unanswered")
	c.send("%s", request(`{"event":"q","args":[1],"ack":{"timeoutMs":1000}}`))
	number := strings.TrimSuffix(strings.TrimPrefix(a.Next(), "42"), `["q",1]`)
	a.Say("43" + number + `["yes"]`)
	if got := c.answer("POST"); got.StatusCode != 200 || got.body != `{"ok":false,"answers":[{"id":"`+a.ID+`","args":["yes"]}],"missing":[],"workers":[]}`+"\n" {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
}

// The servers' own handlers hear what is for them, and answer.
func TestServerSideEmit(t *testing.T) {
	p := begin(t, api.New)
	heard := make(chan string, 1)
	p.io.Of("/chat").OnServerSide("sum", func(e *socketio.ServerEvent) {
		var a, b int
		if err := e.Decode(&a, &b); err != nil {
			t.Error(err)
		}
		if e.WantsAck() {
			_ = e.Ack(a + b)
			return
		}
		heard <- string(e.Args().JSON)
	})
	c := p.dial(p.tcp)
	if got := c.does("server-side-emit", `{"namespace":"/chat","event":"sum","args":[1,2]}`); got.body != "{\"ok\":true}\n" {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	select {
	case got := <-heard:
		if got != "[1,2]" {
			t.Error(got)
		}
	case <-time.After(patience):
		t.Fatal("nobody hears it")
	}
	if got := c.does("server-side-emit", `{"namespace":"/chat","event":"sum","args":[1,2],"ack":{"timeoutMs":10000}}`); got.body != `{"ok":true,"answers":[{"node":7,"slot":1,"args":[3]}],"workers":[]}`+"\n" {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	c.does("server-side-emit", `{"event":"connect"}`).refused(t, 400, "reserved_event")
}

// Pages follow each other, and data is asked for.
func TestPages(t *testing.T) {
	p := begin(t, api.New)
	want := []string{}
	for range 5 {
		want = append(want, p.client("").ID)
	}
	slices.Sort(want)
	for i, s := range p.io.Of("/").Sockets() {
		if err := s.SetData(map[string]any{"user": map[string]any{"name": "anna", "n": i}}); err != nil {
			t.Fatal(err)
		}
	}
	c := p.dial(p.tcp)
	var got []string
	for after := ""; ; {
		var page contract.SocketsPage
		c.asks("sockets?limit=2&after="+after, &page)
		for _, s := range page.Sockets {
			got = append(got, s.ID)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	p.client("") // without data
	for data, n := range map[string]int{
		`{}`: 6, `{"user":{"name":"anna"}}`: 5, `{"user":{"name":"anna","n":3}}`: 1, `{"user":{"n":3.0}}`: 1, `{"user":"anna"}`: 0, `{"user":{"name":"otto"}}`: 0, `{"other":null}`: 0,
	} {
		var page contract.SocketsPage
		if c.asks("sockets?data="+url.QueryEscape(data), &page); len(page.Sockets) != n {
			t.Errorf("%s: %d sockets, want %d", data, len(page.Sockets), n)
		}
	}
}

// What cannot be asked is named.
func TestBadQueries(t *testing.T) {
	p := begin(t, api.New)
	c := p.dial(p.tcp)
	for path, want := range map[string][2]string{
		"sockets?room=a":                  {"unknown_parameter", `"room" is unknown: /api/sockets takes namespace, rooms, except, data, limit, after and handshake`},
		"rooms?handshake=true":            {"unknown_parameter", "handshake"},
		"sockets?limit=1&limit=2":         {"duplicate_parameter", "limit"},
		"sockets?limit=x":                 {"invalid_value", "an integer"},
		"sockets?limit=0":                 {"invalid_value", "limit"},
		"sockets?limit=10001":             {"invalid_value", "limit"},
		"sockets?handshake=1":             {"invalid_value", "true or false"},
		"sockets?data=1":                  {"wrong_type", "data"},
		"sockets?data=%7B":                {"invalid_value", "a JSON object"},
		"sockets?rooms=":                  {"invalid_value", "rooms"},
		"sockets?rooms=%ff":               {"invalid_value", "UTF-8"},
		"sockets?namespace=chat":          {"invalid_value", "slash"},
		"sockets?namespace=/none":         {"unknown_namespace", "/none"},
		"rooms?after=" + "%00" + "&%ff=1": {"unknown_parameter", ""},
	} {
		if message := c.asks(path, nil).refused(t, 400, want[0]); !strings.Contains(message, want[1]) {
			t.Errorf("%s: %s", path, message)
		}
	}
	c.does("join", `{"socket":"none","join":["a"]}`).refused(t, 400, "unknown_socket")
	c.does("leave", `{"join":["a"]}`).refused(t, 400, "unknown_field")
	c.alive()
}

// More requests than a second is to have wait for their turn, and those that
// would wait for long are refused.
func TestRate(t *testing.T) {
	p := begin(t, func(o api.Options) (*api.Server, error) {
		o.Rate = 3
		return api.New(o)
	})
	all, refused, begun := make([]*call, 20), 0, time.Now()
	for i := range all {
		all[i] = p.dial(p.tcp)
		all[i].send("%s", request(`{"event":"m"}`))
	}
	took := time.Since(begun)
	for _, c := range all {
		a := c.answer("POST")
		if a.StatusCode == 200 {
			continue
		}
		refused++
		if a.refused(t, 429, "rate_limited"); a.Header.Get("Retry-After") != "1" {
			t.Errorf("%v", a.Header)
		}
	}
	s := p.api.Stats()
	if most := 20 - 6; uint64(refused) != s.RateOverflows || refused > most || refused == 0 && took < time.Second {
		t.Errorf("%d of 20, sent in %v, were refused, %d counted", refused, took, s.RateOverflows)
	}
	all[0].alive() // health is not counted
	if err := p.api.Reconfigure(api.Settings{Rate: -1}); err == nil {
		t.Error("a negative rate is taken")
	}
}

// Queries that hold what all workers say are few at a time.
func TestTooManyQueries(t *testing.T) {
	p := begin(t, api.NoQueries)
	c := p.dial(p.tcp)
	if message := c.asks("sockets", nil).refused(t, 429, "too_many_requests"); !strings.Contains(message, "queries") {
		t.Error(message)
	}
	if p.api.Stats().RequestOverflows != 1 {
		t.Error("not counted")
	}
}

// Close cuts off who waits for acknowledgements.
func TestCloseWithoutAnAck(t *testing.T) {
	p := begin(t, api.New)
	a := p.client("")
	c := p.dial(p.tcp)
	c.send("%s", request(`{"event":"q","ack":{"timeoutMs":60000}}`))
	a.Next()
	p.cut()
	c.over()
}

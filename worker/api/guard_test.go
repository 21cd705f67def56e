package api_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/api"
)

// Over TCP nothing is done without a right token; over a Unix socket none is
// asked for, but a wrong one is refused.
func TestTokens(t *testing.T) {
	p := begin(t, api.New)
	body := `{"event":"m"}`
	for _, x := range []struct {
		lines     string
		tcp, unix bool
	}{
		{"", false, true},
		{"Authorization: Bearer " + token + "\r\n", true, true},
		{"authorization: bearer  " + token + " \r\n", true, true},
		{"Authorization: Bearer other\r\n", true, true},
		{"Authorization: Bearer wrong\r\n", false, false},
		{"Authorization: Bearer \r\n", false, false},
		{"Authorization: Bearer\r\n", false, false},
		{"Authorization: " + token + "\r\n", false, false},
		{"Authorization: Basic " + token + "\r\n", false, false},
		{"Authorization: Bearer" + token + "\r\n", false, false},
		{"Authorization: Bearer " + token + "x\r\n", false, false},
		{"Authorization: Bearer " + sum(token) + "\r\n", false, false},
		{"Authorization: Bearer " + token + "\r\nAuthorization: Bearer wrong\r\n", false, false},
	} {
		for l, want := range map[net.Listener]bool{p.tcp: x.tcp, p.unix: x.unix} {
			c := p.dial(l)
			c.send("POST /api/emit HTTP/1.1\r\nHost: x\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", x.lines, len(body), body)
			a := c.answer("POST")
			if want {
				if a.StatusCode != 200 {
					t.Errorf("%s %q: %d %s", l.Addr().Network(), x.lines, a.StatusCode, a.body)
				}
				continue
			}
			a.refused(t, 401, "unauthorized")
			if a.Header.Get("Www-Authenticate") != `Bearer realm="ioserver"` {
				t.Errorf("%v", a.Header)
			}
			c.over()
		}
	}
}

// Without a token that it knows the server lets nobody in; and the tokens can
// change while it runs.
func TestTokensChange(t *testing.T) {
	p := begin(t, api.New)
	c := p.dial(p.tcp)
	if a := c.post(`{"event":"m"}`); a.StatusCode != 200 {
		t.Fatal(a.StatusCode)
	}
	for _, bad := range [][]string{{"nothex"}, {sum(token) + "00"}, {sum(token)[:62]}, {""}} {
		if err := p.api.Reconfigure(api.Settings{Tokens: bad}); err == nil {
			t.Errorf("%q is taken for a token", bad)
		}
	}
	if a := c.post(`{"event":"m"}`); a.StatusCode != 200 {
		t.Error("a change that was refused has been made:", a.StatusCode)
	}
	if err := p.api.Reconfigure(api.Settings{}); err != nil {
		t.Fatal(err)
	}
	c.post(`{"event":"m"}`).refused(t, 401, "unauthorized")
	if _, err := api.New(api.Options{IO: p.io, View: &p.machine, Settings: api.Settings{Tokens: []string{"x"}}}); err == nil {
		t.Error("made with a bad token")
	}
}

// Who has no token is answered before the body has come, however long it is to
// be, and none of it is kept.
func TestRefusedBeforeTheBody(t *testing.T) {
	p := begin(t, api.New)
	for _, x := range []struct {
		head, code string
		status     int
	}{
		{"POST /api/emit HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n", "unauthorized", 401},
		{"POST /api/emit HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n", "unauthorized", 401},
		{"POST /api/emit HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n", "unauthorized", 401},
		{"POST /api/emit HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\nExpect: 100-continue\r\n", "unauthorized", 401},
		{"POST /nothing HTTP/1.1\r\nContent-Length: 50\r\n", "not_found", 404},
		{"PUT /healthz HTTP/1.1\r\nContent-Length: 50\r\n", "method_not_allowed", 405},
		{"POST /api/emit HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n" + authorization, "too_large", 413},
		{"POST /api/emit HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\nExpect: 100-continue\r\n" + authorization, "too_large", 413},
		{"POST /api/emit HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 10\r\nExpect: 100-continue\r\n" + authorization, "unsupported_media_type", 415},
	} {
		c := p.dial(p.tcp)
		c.send("%sHost: x\r\n\r\n{", x.head) // no more than its beginning
		a := c.answer("POST")
		a.refused(t, x.status, x.code)
		if !a.Close {
			t.Errorf("%s: is to go on", x.head)
		}
		_ = c.conn.(*net.TCPConn).CloseWrite()
		c.over()
	}
}

// Those who wait for a word before they send the body get it.
func TestExpect(t *testing.T) {
	p := begin(t, api.New)
	c := p.dial(p.tcp)
	body := `{"event":"m"}`
	c.send("POST /api/emit HTTP/1.1\r\nHost: x\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", authorization, len(body))
	line, err := c.r.ReadString('\n')
	if blank, _ := c.r.ReadString('\n'); err != nil || line != "HTTP/1.1 100 Continue\r\n" || blank != "\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	c.send("%s", body)
	if a := c.answer("POST"); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	c.alive()
}

// Every path and method has an answer.
func TestRoutes(t *testing.T) {
	p := begin(t, api.New)
	p.machine.missing = []api.Missing{{Slot: 1, Why: "the worker is down"}}
	const emit, get = "POST, OPTIONS", "GET, HEAD, OPTIONS"
	for _, x := range []struct {
		method, path, lines string
		status              int
		code, allow         string
	}{
		{"GET", "/", "", 404, "not_found", ""},
		{"GET", "/api", authorization, 404, "not_found", ""},
		{"POST", "/api/emit/", authorization, 404, "not_found", ""},
		{"GET", "/socket.io/?EIO=4&transport=polling", "", 404, "not_found", ""},
		{"GET", "/api/emit", authorization, 405, "method_not_allowed", emit},
		{"HEAD", "/api/emit", "", 405, "", emit},
		{"DELETE", "/metrics", "", 405, "method_not_allowed", get},
		{"GRUSS", "/metrics", "", 405, "method_not_allowed", get},
		{"OPTIONS", "/api/emit", "", 204, "", emit},
		{"OPTIONS", "/metrics", "", 204, "", get},
		{"GET", "/healthz", "", 200, "", ""},
		{"GET", "/healthz?x=y", "Authorization: Bearer wrong\r\n", 200, "", ""},
		{"HEAD", "/healthz", "", 200, "", ""},
		{"GET", "/readyz", "", 503, "not_ready", ""},
		{"HEAD", "/readyz", "", 503, "", ""},
		{"GET", "/api/status", "", 401, "unauthorized", ""},
		{"GET", "/api/status", authorization, 200, "", ""},
		{"HEAD", "/api/status", authorization, 200, "", ""},
		{"OPTIONS", "/api/status", "", 204, "", get},
		{"POST", "/api/status", authorization, 405, "method_not_allowed", get},
		{"GET", "/api/status?", authorization, 200, "", ""},
		{"GET", "/api/status?node=1", authorization, 400, "unknown_parameter", ""},
		{"GET", "/api/status?x", authorization, 400, "unknown_parameter", ""},
		{"GET", "/metrics", "", 401, "unauthorized", ""},
		{"GET", "/metrics", authorization, 200, "", ""},
		{"HEAD", "/metrics", authorization, 200, "", ""},
		{"POST", "/api/emit", authorization, 415, "unsupported_media_type", ""},
		{"POST", "/api/emit", authorization + "Content-Type: text/json\r\n", 415, "unsupported_media_type", ""},
		{"POST", "/api/emit", authorization + "Content-Type: application/json; charset=latin1\r\n", 415, "unsupported_media_type", ""},
		{"POST", "/api/emit", authorization + "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", 415, "unsupported_encoding", ""},
		{"POST", "/api/emit", authorization + "Content-Type: application/json ; charset=\"UTF-8\"\r\nContent-Encoding: identity\r\n", 400, "invalid_json", ""},
	} {
		c := p.dial(p.tcp)
		c.send("%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: 0\r\n\r\n", x.method, x.path, x.lines)
		a := c.answer(x.method)
		if a.StatusCode != x.status || a.Header.Get("Allow") != x.allow {
			t.Errorf("%s %s: %d, Allow %q", x.method, x.path, a.StatusCode, a.Header.Get("Allow"))
		}
		if x.code != "" {
			a.refused(t, x.status, x.code)
		}
		if (x.method == "HEAD" || x.status == 204) && a.body != "" {
			t.Errorf("%s %s: body %q", x.method, x.path, a.body)
		}
		if retry := a.Header.Get("Retry-After"); (retry != "") != (x.status == 503) {
			t.Errorf("%s %s: Retry-After %q", x.method, x.path, retry)
		}
		if x.status != 401 {
			c.alive()
		}
	}
}

// Metrics that cannot be gathered are the server's error.
func TestBrokenMetrics(t *testing.T) {
	p := begin(t, api.New)
	p.machine.broken = true
	c := p.dial(p.unix)
	c.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
	c.answer("GET").refused(t, 500, "internal")
	c.alive()
}

// What is not ready is named, and what is says so.
func TestReady(t *testing.T) {
	p := begin(t, api.New)
	for _, x := range []struct {
		missing []api.Missing
		want    string
	}{
		{nil, `{"ready":true,"slots":2}`},
		{[]api.Missing{{Slot: 1, Why: "late"}}, `{"ready":false,"slots":2,"missing":[{"slot":1,"why":"late"}],"error":{"code":"not_ready","message":"slot 1: late"}}`},
	} {
		p.machine.missing = x.missing
		c := p.dial(p.unix)
		c.send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
		if a := c.answer("GET"); a.body != x.want+"\n" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	}
}

// What is no HTTP, or comes too slowly, is answered and ended.
func TestBadHTTP(t *testing.T) {
	p := begin(t, func(o api.Options) (*api.Server, error) {
		return api.Limited(o, 0, 0, 50*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond)
	})
	for _, x := range []struct {
		bytes  string
		status int
		code   string
	}{
		{"nonsense\r\n\r\n", 400, "bad_request"},
		{"GET /healthz HTTP/1.1\r\nX: " + strings.Repeat("x", api.HeaderBytes) + "\r\n\r\n", 431, "head_too_large"},
		{"GET /healthz HTTP/1.1\r\nHo", 408, "timeout"},
		{"POST /api/emit HTTP/1.1\r\nHost: x\r\n" + authorization + "Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{", 408, "timeout"},
		{"POST /api/emit HTTP/1.1\r\nHost: x\r\n" + authorization + "Content-Type: application/json\r\nContent-Length: 20000\r\n\r\n{" + strings.Repeat(" ", 10_000), 408, "timeout"},
	} {
		c := p.dial(p.tcp)
		c.send("%s", x.bytes)
		a := c.answer("GET")
		a.refused(t, x.status, x.code)
		if !a.Close {
			t.Errorf("%.40q: is to go on", x.bytes)
		}
		_ = c.conn.(*net.TCPConn).CloseWrite()
		c.over()
	}
	c := p.dial(p.tcp)
	c.alive()
	c.over() // after its idle time
	if s := p.api.Stats(); s.Answers[count(t, 408)] != 3 || s.Answers[count(t, 431)] != 1 {
		t.Errorf("counted %v of %v", s.Answers, api.Statuses)
	}
}

func count(t *testing.T, status int) int {
	for i, s := range api.Statuses {
		if s == status {
			return i
		}
	}
	t.Fatal(status)
	return 0
}

// One connection too many is told to come again, and counted.
func TestTooManyConnections(t *testing.T) {
	p := begin(t, func(o api.Options) (*api.Server, error) { return api.Limited(o, 2, 0, 0, 0, 0) })
	a, b := p.dial(p.tcp), p.dial(p.unix)
	a.alive()
	b.alive()
	c := p.dial(p.tcp)
	c.send("%s", request(`{"event":"m"}`))
	got := c.answer("POST")
	if message := got.refused(t, 429, "too_many_connections"); !strings.Contains(message, fmt.Sprint(api.Connections)) || got.Header.Get("Retry-After") != "1" {
		t.Errorf("%s %v", message, got.Header)
	}
	_ = c.conn.(*net.TCPConn).CloseWrite()
	c.over()
	if s := p.api.Stats(); s.ConnectionOverflows != 1 || s.Connections != 2 {
		t.Errorf("%+v", s)
	}
	_ = a.conn.Close()
	p.until(func(s api.Stats) bool { return s.Connections < 2 })
	p.dial(p.tcp).alive()
}

// One request too many at work is told to come again, and counted; its
// connection goes on.
func TestTooManyRequests(t *testing.T) {
	p := begin(t, func(o api.Options) (*api.Server, error) { return api.Limited(o, 0, 1, 0, 0, 0) })
	slow, other := p.dial(p.tcp), p.dial(p.tcp)
	large := `{"event":"m","args":["` + strings.Repeat("x", 20_000) + `"]}`
	text := request(large)
	slow.send("%s", text[:len(text)-1])
	p.until(func(s api.Stats) bool { return s.AtWork > 0 })
	got := other.post(`{"event":"m"}`)
	got.refused(t, 429, "too_many_requests")
	if got.Header.Get("Retry-After") != "1" {
		t.Errorf("%v", got.Header)
	}
	other.alive()
	slow.send("%s", text[len(text)-1:])
	if a := slow.answer("POST"); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := other.post(`{"event":"m"}`); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if s := p.api.Stats(); s.RequestOverflows != 1 || s.AtWork != 0 {
		t.Errorf("%+v", s)
	}
}

// The end lets requests under way be answered, and nobody else in.
func TestClose(t *testing.T) {
	p := begin(t, api.New)
	idle, busy := p.dial(p.tcp), p.dial(p.tcp)
	idle.alive()
	text := request(`{"event":"m","args":["` + strings.Repeat("x", 20_000) + `"]}`)
	busy.send("%s", text[:len(text)-1])
	p.until(func(s api.Stats) bool { return s.AtWork > 0 })
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		p.close()
	}()
	idle.over()
	late := p.dial(p.tcp)
	late.over()
	busy.send("%s", text[len(text)-1:])
	if a := busy.answer("POST"); a.StatusCode != 200 {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	busy.over()
	<-closed
}

// The end does not wait for those that were turned away and stay.
func TestCloseWhileOthersLeave(t *testing.T) {
	p := begin(t, func(o api.Options) (*api.Server, error) { return api.Lingering(o, 1, time.Hour) })
	p.dial(p.tcp).alive()
	c := p.dial(p.tcp)
	c.answer("GET").refused(t, 429, "too_many_connections")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	closed := make(chan error, 1)
	go func() { closed <- p.api.Close(ctx) }()
	select {
	case err := <-closed:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(patience):
		_ = c.conn.Close()
		t.Fatal("waits for a connection that was turned away")
	}
}

// An API whose server is closed says so.
func TestServerClosed(t *testing.T) {
	p := begin(t, api.New)
	p.client("")
	if err := p.io.Close(); err != nil {
		t.Fatal(err)
	}
	p.dial(p.tcp).post(`{"event":"m"}`).refused(t, 503, "stopping")
}

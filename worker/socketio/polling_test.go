package socketio_test

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/valyala/fasthttp"
)

// poller is a client over plain HTTP.
type poller struct {
	t    testing.TB
	http *fasthttp.HostClient
	url  string
	sid  string
}

// poll opens a polling session. The first answer's packets behind the open
// packet, if any, are dropped.
func poll(t testing.TB, addr string, eio int) *poller {
	t.Helper()
	p := &poller{t: t, url: fmt.Sprintf("http://%s/socket.io/?EIO=%d&transport=polling", addr, eio)}
	p.http = dialHTTP(t, addr)
	open := p.get()
	_, rest, ok := strings.Cut(open, `{"sid":"`)
	if !ok {
		t.Fatalf("open packet is %q", open)
	}
	p.sid, _, _ = strings.Cut(rest, `"`)
	p.url += "&sid=" + p.sid
	return p
}

func dialHTTP(t testing.TB, addr string) *fasthttp.HostClient {
	h := &fasthttp.HostClient{Addr: addr, Dial: func(addr string) (net.Conn, error) { return net.Dial("tcp", addr) }}
	t.Cleanup(h.CloseIdleConnections)
	return h
}

func (p *poller) do(method, body string) string {
	p.t.Helper()
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI(p.url)
	req.Header.SetMethod(method)
	if method == fasthttp.MethodPost {
		req.Header.SetContentType("text/plain;charset=UTF-8")
		req.SetBodyString(body)
	}
	if err := p.http.DoTimeout(req, resp, patience); err != nil {
		p.t.Fatalf("%s: %v", method, err)
	}
	if resp.StatusCode() != fasthttp.StatusOK {
		p.t.Fatalf("%s: %d %s", method, resp.StatusCode(), resp.Body())
	}
	return string(resp.Body())
}

func (p *poller) get() string { p.t.Helper(); return p.do(fasthttp.MethodGet, "") }

func (p *poller) post(body string) {
	p.t.Helper()
	if got := p.do(fasthttp.MethodPost, body); got != "ok" {
		p.t.Fatalf("POST answered %q", got)
	}
}

func TestPolling(t *testing.T) {
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
	})
	p := poll(t, addr, 4)
	p.post("40")
	if got := p.get(); !strings.HasPrefix(got, `40{"sid":"`) {
		t.Errorf("answer to CONNECT is %q", got)
	}
	// An acknowledgement and its attachments come in one answer.
	p.post("421[\"echo\",\"é\"]\x1e451-2[\"echo\",{\"_placeholder\":true,\"num\":0}]\x1ebAQID")
	want := "431[\"é\"]\x1e461-2[{\"_placeholder\":true,\"num\":0}]\x1ebAQID"
	got := p.get()
	for got != want && strings.HasPrefix(want, got) {
		got += "\x1e" + p.get()
	}
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPollingProtocol4(t *testing.T) {
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
	})
	p := poll(t, addr, 3)
	if got := p.get(); got != "2:40" {
		t.Errorf("then %q", got)
	}
	p.post(`15:421["echo","é"]`)
	if got := p.get(); got != `8:431["é"]` {
		t.Errorf("got %q", got)
	}
}

// A polling client that breaks the protocol has its connection closed with the
// next poll; until then nothing of it is handled.
func TestPollingViolation(t *testing.T) {
	reasons := make(chan string, 1)
	_, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").On("x", func(*socketio.Socket, *socketio.Event) { t.Error("handled") })
		s.Of("/").OnDisconnect(func(_ *socketio.Socket, r string) { reasons <- r })
	})
	for input, reason := range map[string]string{
		"42{}":         "forced close",
		`42/other,[1]`: "forced server close",
	} {
		p := poll(t, addr, 4)
		p.post("40")
		p.get()
		p.post(input + "\x1e" + `42["x"]`)
		if reason == "forced server close" {
			if r := receive(t, reasons); r != reason {
				t.Errorf("%s: reason is %q, want %q", input, r, reason)
			}
		}
		if got := p.get(); got != "6\x1e1" {
			t.Errorf("%s: got %q", input, got)
		}
		if reason == "forced close" {
			if r := receive(t, reasons); r != reason {
				t.Errorf("%s: reason is %q, want %q", input, r, reason)
			}
		}
	}
}

// An upgrade in the middle of things loses nothing.
func TestUpgrade(t *testing.T) {
	s, addr := start(t, socketio.Options{}, func(s *socketio.Server) {
		s.Of("/").On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
	})
	p := poll(t, addr, 4)
	p.post("40")
	p.get()
	w := &client{t: t, eio: 4}
	w.conn = dialRaw(t, fmt.Sprintf("ws://%s/socket.io/?EIO=4&transport=websocket&sid=%s", addr, p.sid))
	w.send("2probe")
	w.expect("3probe")
	_ = s.Of("/").Emit("before")
	w.send("5")
	w.expect(`42["before"]`)
	w.send(`421["echo",1]`)
	w.expect("431[1]")
}

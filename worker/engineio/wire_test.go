package engineio_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/worker/engineio"
	"golang.org/x/sys/unix"
)

// wire is a raw HTTP connection.
type wire struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func dial(t testing.TB, addr string) *wire {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return onWire(t, c)
}

// descriptor has a Unix socket served, of which the system buffers little, behind
// bytes that were read before.
func descriptor(t testing.TB, e *engine, unread []byte, remote net.Addr) *wire {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.SetsockoptInt(pair[0], unix.SOL_SOCKET, unix.SO_SNDBUF, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	e.front.ServeFD(pair[0], unread, nil, remote)
	f := os.NewFile(uintptr(pair[1]), "pair")
	c, err := net.FileConn(f)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	return onWire(t, c)
}

// pipe serves the other end of what has no descriptor.
func pipe(t testing.TB, e *engine) *wire {
	t.Helper()
	mine, served := net.Pipe()
	e.front.ServeConn(served)
	return onWire(t, mine)
}

func onWire(t testing.TB, c net.Conn) *wire {
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return &wire{Conn: c, t: t, r: bufio.NewReader(c)}
}

func (w *wire) write(s string) {
	w.t.Helper()
	if _, err := io.WriteString(w.Conn, s); err != nil {
		w.t.Fatal(err)
	}
}

// request sends one; lines are further header lines.
func (w *wire) request(method, query, body string, lines ...string) {
	w.t.Helper()
	w.write(head(method, query, body, lines...) + body)
}

// head is a request's, with the length of its body.
func head(method, query, body string, lines ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s /engine.io/?%s HTTP/1.1\r\nHost: host.test\r\n", method, query)
	for _, l := range lines {
		b.WriteString(l + "\r\n")
	}
	if body != "" || method == "POST" {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	return b.String() + "\r\n"
}

func (w *wire) get(query string, lines ...string) {
	w.t.Helper()
	w.request("GET", query, "", lines...)
}

func (w *wire) post(query, body string, lines ...string) {
	w.t.Helper()
	w.request("POST", query, body, append(lines, "Content-Type: text/plain;charset=UTF-8")...)
}

func (w *wire) answer() (status int, body string, h http.Header) {
	w.t.Helper()
	r, err := http.ReadResponse(w.r, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return r.StatusCode, string(b), r.Header
}

func (w *wire) expect(status int, body string) http.Header {
	w.t.Helper()
	s, b, h := w.answer()
	if s != status || b != body {
		w.t.Fatalf("answer %d %q, want %d %q", s, b, status, body)
	}
	return h
}

// expectUpgrade expects 101.
func (w *wire) expectUpgrade() http.Header {
	w.t.Helper()
	r, err := http.ReadResponse(w.r, nil)
	if err != nil || r.StatusCode != 101 {
		w.t.Fatal("no upgrade:", r, err)
	}
	return r.Header
}

// frames reads a WebSocket's short text frames, passing over the open packet.
func (w *wire) frames(want ...string) {
	w.t.Helper()
	for len(want) > 0 {
		var head [2]byte
		if _, err := io.ReadFull(w.r, head[:]); err != nil || head[0] != 0x81 || head[1] > 125 {
			w.t.Fatalf("frame %x: %v; still want %q", head, err, want)
		}
		b := make([]byte, head[1])
		if _, err := io.ReadFull(w.r, b); err != nil {
			w.t.Fatal(err)
		}
		if strings.HasPrefix(string(b), "0{") {
			continue
		}
		if string(b) != want[0] {
			w.t.Fatalf("received %q, want %q", b, want[0])
		}
		want = want[1:]
	}
}

// ends waits for the server to close the connection.
func (w *wire) ends() {
	w.t.Helper()
	if b, err := io.ReadAll(w.r); err != nil || len(b) > 0 {
		w.t.Fatalf("read %q and %v instead of the end", b, err)
	}
}

// isCut waits for the server to close the connection, perhaps with input unread:
// the system then sends a reset.
func (w *wire) isCut() {
	w.t.Helper()
	if b, err := io.ReadAll(w.r); err != nil && !errors.Is(err, syscall.ECONNRESET) || len(b) > 0 {
		w.t.Errorf("read %q and %v instead of the end", b, err)
	}
}

// handshake opens a polling session and returns its id.
func (w *wire) handshake(query string) string {
	w.t.Helper()
	w.get("transport=polling&" + query)
	status, body, _ := w.answer()
	sid := between(strings.ReplaceAll(body, `\"`, `"`), `"sid":"`, `"`)
	if status != 200 || sid == "" {
		w.t.Fatalf("handshake: %d %q", status, body)
	}
	return sid
}

// reset ends a connection by RST.
func reset(t testing.TB, c net.Conn) {
	t.Helper()
	if err := c.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

func between(s, before, after string) string {
	_, rest, _ := strings.Cut(s, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}

// client is a polling session with a connection for each direction.
type client struct {
	*engine
	t          testing.TB
	poll, send *wire
	session    *engineio.Session
	sid, q     string
}

// polling opens a session.
func (e *engine) polling(t testing.TB, query string) *client {
	t.Helper()
	c := &client{engine: e, t: t, poll: dial(t, e.addr), send: dial(t, e.addr)}
	c.sid = c.poll.handshake(query)
	for c.session == nil || c.session.ID() != c.sid {
		c.session = e.app.session(t)
	}
	c.q = "transport=polling&sid=" + c.sid + "&" + query
	return c
}

// get sends a poll and waits until the session has it; the queue must be empty.
func (c *client) get() {
	c.t.Helper()
	c.poll.get(c.q)
	until(c.t, "the session has the poll", func() (waiting bool) {
		c.on(c.t, func() { waiting = c.session.Writable() })
		return
	})
}

// post sends packets and expects ok.
func (c *client) post(body string) {
	c.t.Helper()
	c.send.post(c.q, body)
	c.send.expect(200, "ok")
}

// gone expects the session to be unknown.
func (c *client) gone() {
	c.t.Helper()
	c.send.get(c.q)
	c.send.expect(400, unknownSID)
}

// say sends from the server's side.
func (c *client) say(texts ...string) {
	c.t.Helper()
	c.on(c.t, func() { c.session.Send(messages(texts...)...) })
}

func messages(texts ...string) []*engineio.Message {
	var out []*engineio.Message
	for _, s := range texts {
		out = append(out, engineio.NewText([]byte(s)))
	}
	return out
}

const (
	unknownTransport = `{"code":0,"message":"Transport unknown"}`
	unknownSID       = `{"code":1,"message":"Session ID unknown"}`
	badMethod        = `{"code":2,"message":"Bad handshake method"}`
	badRequest       = `{"code":3,"message":"Bad request"}`
	forbidden        = `{"code":4,"message":"Forbidden"}`
	badProtocol      = `{"code":5,"message":"Unsupported protocol version"}`
)

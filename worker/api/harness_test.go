package api_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/api"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/socketio/clienttest"
	"github.com/ioserver/ioserver/worker/socketio/inmemory"
	"github.com/ioserver/ioserver/worker/tail"
	"golang.org/x/sys/unix"
)

const (
	patience = 10 * time.Second
	token    = "s3cret"
)

func sum(token string) string {
	s := sha256.Sum256([]byte(token))
	return hex.EncodeToString(s[:])
}

// machine is what the API is told of it.
type machine struct {
	missing []api.Missing
	status  api.Status
	broken  bool
}

func (m *machine) Slots() int             { return 2 }
func (m *machine) Missing() []api.Missing { return m.missing }
func (m *machine) Status() api.Status     { return m.status }
func (m *machine) WriteMetrics(w io.Writer) (string, error) {
	if m.broken {
		return "", errors.New("broken")
	}
	_, err := io.WriteString(w, "ioserver_slots 2\n")
	return "text/plain; version=0.0.4", err
}

// place is an API and the Socket.IO server that it emits to.
type place struct {
	t       *testing.T
	io      *socketio.Server
	public  string // where clients connect
	api     *api.Server
	hub     *tail.Hub
	machine machine
	tcp     net.Listener
	unix    net.Listener
}

// make is api.New or the like.
func begin(t *testing.T, make func(api.Options) (*api.Server, error)) *place {
	t.Helper()
	return beginWith(t, make, new(inmemory.Hub).Join(sid.Home{Node: 7, Slot: 1}))
}

func beginWith(t *testing.T, make func(api.Options) (*api.Server, error), adapter socketio.Adapter) *place {
	t.Helper()
	p := &place{t: t}
	logger := slog.New(slog.DiscardHandler)
	var err error
	if p.io, err = socketio.NewServer(socketio.Options{Logger: logger, Adapter: adapter, Key: sid.NewKey([16]byte{1})}); err != nil {
		t.Fatal(err)
	}
	p.io.Of("/chat")
	p.io.Of("/").On("join", func(s *socketio.Socket, e *socketio.Event) {
		var room string
		if e.Decode(&room) == nil && s.Join(room) == nil {
			_ = e.Ack()
		}
	})
	front := listen(t, "tcp", "127.0.0.1:0")
	p.public = front.Addr().String()
	served := goServe(func() error { return p.io.Serve(front) })
	if p.hub, err = tail.New(tail.Options{Server: p.io}); err != nil {
		t.Fatal(err)
	}
	if p.api, err = make(api.Options{IO: p.io, Tail: p.hub, View: &p.machine, Settings: api.Settings{Tokens: []string{sum("other"), sum(token)}}, Logger: logger}); err != nil {
		t.Fatal(err)
	}
	p.tcp = listen(t, "tcp", "127.0.0.1:0")
	p.unix = listen(t, "unix", filepath.Join(t.TempDir(), "api"))
	accepting := []<-chan error{p.accept(p.tcp), p.accept(p.unix)}
	t.Cleanup(func() {
		_ = p.tcp.Close()
		_ = p.unix.Close()
		for _, a := range accepting {
			<-a
		}
		p.close()
		if err := p.hub.Close(); err != nil {
			t.Error(err)
		}
		if err := p.io.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil && !errors.Is(err, socketio.ErrClosed) { // it may not have begun
			t.Error(err)
		}
	})
	return p
}

func (p *place) close() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.api.Close(ctx); err != nil {
		p.t.Error(err)
	}
}

// cut ends the API without waiting for what is under way.
func (p *place) cut() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.api.Close(ctx); !errors.Is(err, context.Canceled) {
		p.t.Error(err)
	}
}

func listen(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func goServe(f func() error) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- f() }()
	return ended
}

// accept passes connections on as descriptors, as the inbox does.
func (p *place) accept(l net.Listener) <-chan error {
	return goServe(func() error {
		for {
			c, err := l.Accept()
			if err != nil {
				return err
			}
			raw, err := c.(interface {
				SyscallConn() (syscall.RawConn, error)
			}).SyscallConn()
			if err != nil {
				return err
			}
			fd := -1
			_ = raw.Control(func(n uintptr) { fd, err = unix.FcntlInt(n, unix.F_DUPFD_CLOEXEC, 0) })
			if err != nil {
				return err
			}
			local, remote := c.LocalAddr(), c.RemoteAddr()
			_ = c.Close()
			p.api.ServeFD(fd, local, remote)
		}
	})
}

// call is a connection of a user of the API.
type call struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

func (p *place) dial(l net.Listener) *call {
	p.t.Helper()
	c, err := net.Dial(l.Addr().Network(), l.Addr().String())
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return &call{p.t, c, bufio.NewReader(c)}
}

func (c *call) send(format string, args ...any) {
	c.t.Helper()
	if _, err := fmt.Fprintf(c.conn, format, args...); err != nil {
		c.t.Fatal(err)
	}
}

// answer is what came back.
type answer struct {
	*http.Response
	body string
}

func (c *call) answer(method string) answer {
	c.t.Helper()
	res, err := http.ReadResponse(c.r, &http.Request{Method: method})
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{res, string(b)}
}

// refused checks an error's status and code, and returns its message.
func (a answer) refused(t *testing.T, status int, code string) string {
	t.Helper()
	var e struct {
		Error struct{ Code, Message string }
	}
	d := json.NewDecoder(strings.NewReader(a.body))
	if err := d.Decode(&e); err != nil {
		t.Errorf("%d %q: %v", a.StatusCode, a.body, err)
	}
	if a.StatusCode != status || e.Error.Code != code || e.Error.Message == "" || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s %q, want %d %s", a.StatusCode, a.Header.Get("Content-Type"), a.body, status, code)
	}
	return e.Error.Message
}

// over reads until the server has ended the connection.
func (c *call) over() {
	c.t.Helper()
	if b, err := io.ReadAll(c.r); err != nil || len(b) > 0 {
		c.t.Errorf("%q, %v instead of the end", b, err)
	}
}

// alive asks something more on the connection.
func (c *call) alive() {
	c.t.Helper()
	c.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
	if a := c.answer("GET"); a.StatusCode != 200 {
		c.t.Errorf("the connection does not go on: %d", a.StatusCode)
	}
}

const authorization = "Authorization: Bearer " + token + "\r\n"

// post emits with a right token.
func (c *call) post(body string) answer {
	c.t.Helper()
	c.send("%s", request(body))
	return c.answer("POST")
}

func request(body string) string {
	return fmt.Sprintf("POST /api/emit HTTP/1.1\r\nHost: x\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", authorization, len(body), body)
}

// client is one of a place's.
type client struct {
	*clienttest.Client
	t testing.TB
}

func (p *place) client(namespace string) *client {
	p.t.Helper()
	return &client{clienttest.Dial(p.t, p.public, namespace), p.t}
}

// until looks at the counters until they are as wanted.
func (p *place) until(wanted func(api.Stats) bool) {
	p.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !wanted(p.api.Stats()); {
		select {
		case <-tick.C:
		case <-late:
			p.t.Fatalf("still %+v", p.api.Stats())
		}
	}
}

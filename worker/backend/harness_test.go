package backend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/worker/backend"
	"github.com/ioserver/ioserver/worker/backend/overnats"
	"github.com/ioserver/ioserver/worker/contract"
	"github.com/ioserver/ioserver/worker/socketio"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// world is a NATS server as ioserver runs it, and a server whose application is
// asked over it.
type world struct {
	t       testing.TB
	url     string
	config  embedded.Config
	backend *backend.Backend
	io      *socketio.Server
	addr    string
	log     *journal
	limits  socketio.Limits
}

// begin serves the root namespace with a Backend of these options. Applications
// subscribe by w.app.
func begin(t testing.TB, o backend.Options, namespaces ...string) *world {
	t.Helper()
	w := &world{t: t, log: new(journal)}
	w.begin(o, namespaces...)
	return w
}

func (w *world) begin(o backend.Options, namespaces ...string) {
	t := w.t
	t.Helper()
	w.nats()
	bus, err := broker.ConnectNATS(broker.NATSOptions{
		Servers: []string{w.url}, User: w.config.Internal.User, Secret: w.config.Internal.Secret, Inbox: overnats.Inbox("test"),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := bus.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	o.Caller = overnats.New(bus, "test")
	w.serve(o, namespaces...)
}

// serve begins the server, which the test's end closes.
func (w *world) serve(o backend.Options, namespaces ...string) {
	w.t.Helper()
	o.Logger = slog.New(slog.NewJSONHandler(w.log, nil))
	var err error
	if w.backend, err = backend.New(o); err != nil {
		w.t.Fatal(err)
	}
	if w.io, err = socketio.NewServer(socketio.Options{Logger: o.Logger, Limits: w.limits}); err != nil {
		w.t.Fatal(err)
	}
	if len(namespaces) == 0 {
		namespaces = []string{"/"}
	}
	for _, name := range namespaces {
		w.backend.Serve(w.io.Of(name))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.addr = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- w.io.Serve(l) }()
	w.t.Cleanup(func() {
		if err := w.io.Close(); err != nil {
			w.t.Error(err)
		}
		<-served
		if err := w.backend.Close(); err != nil {
			w.t.Error(err)
		}
	})
}

func (w *world) nats() {
	w.t.Helper()
	w.config = embedded.Config{Cluster: "test", Internal: embedded.NewCredential("worker"), Application: embedded.NewCredential("application")}
	ctx, cancel := context.WithCancel(context.Background())
	urls, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- embedded.Run(ctx, w.config, func(url string) { urls <- url }) }()
	w.t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	})
	w.url = receive(w.t, urls)
}

// app is an application's connection, with an application's credential.
func (w *world) app() *nats.Conn {
	w.t.Helper()
	nc, err := nats.Connect(w.url, nats.UserInfo(w.config.Application.User, w.config.Application.Secret))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(nc.Close)
	return nc
}

// subscribe answers what comes to a subject; f may return nil for no answer.
func subscribe(t testing.TB, nc *nats.Conn, subject string, f func(m *nats.Msg) any) *nats.Subscription {
	t.Helper()
	sub, err := nc.QueueSubscribe("ioserver.test.v1.on."+subject, "app", func(m *nats.Msg) {
		switch answer := f(m).(type) {
		case nil:
		case string:
			_ = m.Respond([]byte(answer))
		default:
			b, err := json.Marshal(answer)
			if err != nil {
				t.Error(err)
			}
			_ = m.Respond(b)
		}
	})
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

// allow lets everybody in, and takes farewells.
func allow(t testing.TB, nc *nats.Conn) {
	t.Helper()
	subscribe(t, nc, "connect.*", func(*nats.Msg) any { return `{"allow":{}}` })
}

func parse[T any](t testing.TB, m *nats.Msg) T {
	t.Helper()
	var v T
	d := json.NewDecoder(bytes.NewReader(m.Data))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Errorf("%s: %v: %s", m.Subject, err, m.Data)
	}
	return v
}

// farewells are the disconnects that an application hears.
func farewells(t testing.TB, nc *nats.Conn) <-chan contract.Disconnect {
	t.Helper()
	all := make(chan contract.Disconnect, 10_000)
	subscribe(t, nc, "disconnect.*", func(m *nats.Msg) any {
		all <- parse[contract.Disconnect](t, m)
		return `{}`
	})
	return all
}

// client speaks Socket.IO over a WebSocket.
type client struct {
	t    testing.TB
	conn *websocket.Conn
	mu   sync.Mutex
}

// dial opens a connection that has joined nothing.
func (w *world) dial() *client {
	w.t.Helper()
	conn, resp, err := websocket.DefaultDialer.Dial(fmt.Sprintf("ws://%s/socket.io/?EIO=4&transport=websocket&who=me", w.addr), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = resp.Body.Close()
	w.t.Cleanup(func() { _ = conn.Close() })
	c := &client{t: w.t, conn: conn}
	c.next()
	return c
}

// join joins the root namespace and returns the socket's id.
func (w *world) join() (*client, string) {
	w.t.Helper()
	c := w.dial()
	c.send("40")
	answer := c.next()
	id, ok := strings.CutPrefix(answer, `40{"sid":"`)
	if !ok {
		w.t.Fatalf("answer to CONNECT is %s", answer)
	}
	return c, strings.TrimSuffix(id, `"}`)
}

func (c *client) send(text string) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) next() string {
	c.t.Helper()
	for {
		_ = c.conn.SetReadDeadline(time.Now().Add(patience))
		_, b, err := c.conn.ReadMessage()
		if err != nil {
			c.t.Fatal(err)
		}
		if string(b) != "2" {
			return string(b)
		}
		c.send("3")
	}
}

func (c *client) expect(want ...string) {
	c.t.Helper()
	for _, w := range want {
		if got := c.next(); got != w {
			c.t.Fatalf("got %s, want %s", got, w)
		}
	}
}

func receive[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// until waits for what only a counter tells of.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// journal is a log.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) count(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Count(j.text.String(), text)
}

// calls are those of a kind that ended with an outcome.
func (w *world) calls(k backend.Kind, outcome string) int {
	for i, o := range backend.Outcomes {
		if o == outcome {
			return int(w.backend.Stats().Calls[k][i])
		}
	}
	w.t.Fatalf("no outcome %s", outcome)
	return 0
}

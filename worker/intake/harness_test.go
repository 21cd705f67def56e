package intake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/broker/feed"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/contract/schematest"
	"github.com/ioserver/ioserver/worker/intake"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/socketio/clienttest"
)

const (
	patience = 20 * time.Second
	cluster  = "test"
)

// words is a log that a test reads.
type words struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (w *words) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(b)
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

// bus is a NATS server as the broker process runs it.
type bus struct {
	t           testing.TB
	url         string
	internal    embedded.Credential
	application embedded.Credential
}

func begin(t testing.TB) *bus {
	t.Helper()
	b := &bus{t: t, internal: embedded.NewCredential("internal"), application: embedded.NewCredential("application")}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- embedded.Run(ctx, embedded.Config{Cluster: cluster, Internal: b.internal, Application: b.application}, func(url string) { ready <- url })
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case b.url = <-ready:
	case <-time.After(patience):
		t.Fatal("the NATS server is not ready")
	}
	return b
}

func (b *bus) connect(inbox string) *broker.NATS {
	b.t.Helper()
	n, err := broker.ConnectNATS(broker.NATSOptions{Servers: []string{b.url}, User: b.internal.User, Secret: b.internal.Secret, Inbox: inbox})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = n.Close() })
	b.flush(n)
	return n
}

func (b *bus) flush(n broker.Broker) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.Flush(ctx); err != nil {
		b.t.Fatal(err)
	}
}

// worker is a Socket.IO server that takes commands.
type worker struct {
	t       testing.TB
	io      *socketio.Server
	feed    *feed.Feed
	intake  *intake.Intake
	outside *broker.NATS
	address string
	log     *words
}

var secret = [16]byte{1, 2, 3}

// workers are n that know each other.
func (b *bus) workers(n int, register ...func(*socketio.Server)) (all []*worker) {
	b.t.Helper()
	for slot := range n {
		all = append(all, b.worker(uint8(slot), register...))
	}
	for _, w := range all {
		until(b.t, func() bool { return w.peers() == n-1 })
	}
	return all
}

func (b *bus) worker(slot uint8, register ...func(*socketio.Server)) *worker {
	b.t.Helper()
	t := b.t
	w := &worker{t: t, log: new(words)}
	f, err := feed.New(b.connect(""), feed.Options{Cluster: cluster, Origin: feed.Origin{Node: 7, Slot: slot}, Beat: 100 * time.Millisecond, DeadBeats: 50})
	if err != nil {
		t.Fatal(err)
	}
	w.feed = f
	home := sid.Home{Node: 7, Slot: slot}
	w.io, err = socketio.NewServer(socketio.Options{Feed: f, Home: home, Key: sid.NewKey(secret), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	w.io.Of("/chat")
	w.io.Of("/").On("join", func(s *socketio.Socket, e *socketio.Event) {
		var room string
		if e.Decode(&room) == nil && s.Join(room) == nil {
			_ = e.Ack()
		}
	})
	for _, r := range register {
		r(w.io)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.address = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- w.io.Serve(l) }()
	w.outside = b.connect(strings.TrimSuffix(embedded.AnswerPrefix(cluster), "."))
	w.intake, err = intake.New(intake.Options{Bus: w.outside, Cluster: cluster, Home: home, Server: w.io, Logger: slog.New(slog.NewTextHandler(w.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	b.flush(w.outside)
	t.Cleanup(func() {
		if err := w.intake.Close(); err != nil {
			t.Error(err)
		}
		if err := w.io.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil && !errors.Is(err, socketio.ErrClosed) { // it may not have begun
			t.Error(err)
		}
	})
	return w
}

// peers is how many others the worker knows.
func (w *worker) peers() (n int) {
	for _, p := range w.feed.Peers() {
		if p.Alive {
			n++
		}
	}
	return n
}

// app is an application's connection, by its own credential.
func (b *bus) app() *app {
	b.t.Helper()
	nc, err := nats.Connect(b.url, nats.UserInfo(b.application.User, b.application.Secret))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(nc.Close)
	return &app{b.t, nc}
}

type app struct {
	t testing.TB
	*nats.Conn
}

const prefix = "ioserver." + cluster + ".v1."

// commandOf is the command that a subject names.
func commandOf(subject string) string {
	if rest, ok := strings.CutPrefix(subject, "at."); ok {
		_, subject, _ = strings.Cut(rest, ".")
	}
	name, _, _ := strings.Cut(subject, ".")
	return name
}

// tell publishes a command.
func (a *app) tell(subject, body string) {
	a.t.Helper()
	schematest.Check(a.t, commandOf(subject), []byte(body))
	if err := a.Publish(prefix+subject, []byte(body)); err != nil {
		a.t.Fatal(err)
	}
}

// ask sends a command and returns its answer.
func (a *app) ask(subject, body string) string {
	a.t.Helper()
	m, err := a.Request(prefix+subject, []byte(body), patience)
	if err != nil {
		a.t.Fatalf("%s: %v", subject, err)
	}
	if schematest.Validate("error", m.Data) != nil {
		if body != "" {
			schematest.Check(a.t, commandOf(subject), []byte(body))
		}
		schematest.CheckOne(a.t, m.Data, answers[commandOf(subject)]...)
	}
	return string(m.Data)
}

// answers are the schemas of what commands answer.
var answers = map[string][]string{
	"emit": {"done", "acked"}, "join": {"done"}, "leave": {"done"}, "disconnect": {"done"},
	"sockets": {"sockets-page"}, "rooms": {"rooms-page"}, "server-side-emit": {"done", "servers-acked"},
}

// asks checks an answer.
func (a *app) asks(subject, body, want string) {
	a.t.Helper()
	if got := a.ask(subject, body); got != want {
		a.t.Errorf("%s %s: %s, want %s", subject, body, got, want)
	}
}

// refused checks the code of a refusal, and returns its message.
func (a *app) refused(subject, body, code string) string {
	a.t.Helper()
	got := a.ask(subject, body)
	var f struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal([]byte(got), &f); err != nil || f.Error.Code != code || f.Error.Message == "" {
		a.t.Errorf("%s %.80s: %s, want %s", subject, body, got, code)
	}
	return f.Error.Message
}

// client is one of a worker's.
type client struct {
	*clienttest.Client
	t testing.TB
}

func (w *worker) client(namespace string) *client {
	w.t.Helper()
	return &client{clienttest.Dial(w.t, w.address, namespace), w.t}
}

// until looks until it is so.
func until(t testing.TB, so func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !so(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("it did not come to that")
		}
	}
}

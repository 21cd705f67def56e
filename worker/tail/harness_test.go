package tail_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/protocol/sid"
	"github.com/ioserver/ioserver/worker/socketio"
	"github.com/ioserver/ioserver/worker/socketio/clienttest"
	"github.com/ioserver/ioserver/worker/tail"
)

const (
	patience = 20 * time.Second
	cluster  = "test"
)

// bus is a NATS server as the broker process runs it.
type bus struct {
	t        *testing.T
	url      string
	internal embedded.Credential
}

func begin(t *testing.T) *bus {
	t.Helper()
	b := &bus{t: t, internal: embedded.NewCredential("internal")}
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- embedded.Run(ctx, embedded.Config{Cluster: cluster, Internal: b.internal, Application: embedded.NewCredential("application")}, func(url string) { ready <- url })
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

func (b *bus) connect() *broker.NATS {
	b.t.Helper()
	n, err := broker.ConnectNATS(broker.NATSOptions{Servers: []string{b.url}, User: b.internal.User, Secret: b.internal.Secret})
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := n.Flush(ctx); err != nil {
		b.t.Fatal(err)
	}
	return n
}

func (b *bus) dial(servers []string) (tail.Conn, error) {
	if len(servers) == 0 {
		return nil, errors.New("no servers")
	}
	return b.connect(), nil
}

// worker is a Socket.IO server that can be looked at.
type worker struct {
	t       *testing.T
	slot    uint8
	io      *socketio.Server
	hub     *tail.Hub
	address string
}

// worker is one of the bus, or alone where there is none. make is tail.New or
// the like.
func (b *bus) worker(t *testing.T, slot uint8, make func(tail.Options) (*tail.Hub, error)) *worker {
	t.Helper()
	w := &worker{t: t, slot: slot}
	var err error
	if w.io, err = socketio.NewServer(socketio.Options{Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	w.io.Of("/chat").Use(func(s *socketio.Socket) error { return s.Join("red") })
	w.io.Of("/closed").Use(func(*socketio.Socket) error { return errors.New("not you") })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.address = l.Addr().String()
	served := goServe(func() error {
		if err := w.io.Serve(l); !errors.Is(err, socketio.ErrClosed) { // it may not have begun
			return err
		}
		return nil
	})
	w.serves()
	o := tail.Options{Server: w.io, Home: sid.Home{Node: 7, Slot: slot}, Cluster: cluster}
	var conn *broker.NATS
	if b != nil {
		conn = b.connect()
		o.Bus, o.Servers, o.Dial = conn, []string{b.url}, b.dial
	}
	if w.hub, err = make(o); err != nil {
		t.Fatal(err)
	}
	if conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := conn.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		errs := []error{w.hub.Close()}
		if conn != nil {
			errs = append(errs, conn.Close())
		}
		if err := errors.Join(append(errs, w.io.Close(), <-served)...); err != nil {
			t.Error(err)
		}
	})
	return w
}

// serves waits for an answer: what is closed before it serves is an error.
func (w *worker) serves() {
	w.t.Helper()
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write([]byte("GET / HTTP/1.0\r\n\r\n")); err != nil {
		w.t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		w.t.Fatal(err)
	}
}

func goServe(f func() error) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- f() }()
	return ended
}

// reader reads what a viewer is told.
type reader struct {
	t      *testing.T
	viewer *tail.Viewer
	lines  chan string
}

func (w *worker) view(f tail.Filter) *reader {
	w.t.Helper()
	v, err := w.hub.View(f)
	if err != nil {
		w.t.Fatal(err)
	}
	r := &reader{w.t, v, make(chan string, 100_000)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(r.lines)
		for s := bufio.NewScanner(v); s.Scan(); {
			r.lines <- s.Text()
		}
	}()
	w.t.Cleanup(func() {
		if err := v.Close(); err != nil {
			w.t.Error(err)
		}
		<-done
	})
	return r
}

// next is the next record; kind "": none comes any more.
func (r *reader) next() (rec tail.Record) {
	r.t.Helper()
	select {
	case line, ok := <-r.lines:
		if !ok {
			return rec
		}
		if err := json.Unmarshal([]byte(line), &rec); err != nil {
			r.t.Errorf("%s: %v", line, err)
		}
	case <-time.After(patience):
		r.t.Fatal("nothing is told")
	}
	return rec
}

// watches waits until so many workers tell.
func (r *reader) watches(n int) {
	r.t.Helper()
	for range n {
		if rec := r.next(); rec.Kind != tail.Watching {
			r.t.Errorf("%+v instead of a worker that tells", rec)
		}
	}
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

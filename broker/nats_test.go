package broker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/brokertest"
	"github.com/ioserver/ioserver/broker/embedded"
)

const patience = brokertest.Patience

var (
	internal    = embedded.NewCredential("internal")
	application = embedded.NewCredential("application")
)

// serve runs an embedded server; stop ends it and waits.
func serve(t *testing.T, c embedded.Config) (url string, stop func()) {
	t.Helper()
	c.Cluster, c.Internal, c.Application = "test", internal, application
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- embedded.Run(ctx, c, func(url string) { ready <- url }) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("server: %v", err)
		}
	})
	t.Cleanup(stop)
	select {
	case url = <-ready:
	case err := <-done:
		done <- err
		t.Fatalf("server: %v", err)
	case <-time.After(patience):
		t.Fatal("server is not ready")
	}
	return url, stop
}

// options for a connection to url.
func options(url string) broker.NATSOptions {
	return broker.NATSOptions{Servers: []string{url}, User: internal.User, Secret: internal.Secret, PauseMax: 50 * time.Millisecond}
}

func dial(t *testing.T, o broker.NATSOptions) *broker.NATS {
	t.Helper()
	b, err := broker.ConnectNATS(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func flush(t *testing.T, b broker.Broker) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := b.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// gate is a TCP proxy that can be shut.
type gate struct {
	l      net.Listener
	target string
	wg     sync.WaitGroup
	mu     sync.Mutex
	shut   bool
	conns  []net.Conn
}

func newGate(t *testing.T, url string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{l: l, target: strings.TrimPrefix(url, "nats://")}
	g.wg.Go(g.serve)
	t.Cleanup(func() { l.Close(); g.set(true); g.wg.Wait() })
	return g
}

func (g *gate) url() string { return "nats://" + g.l.Addr().String() }

func (g *gate) serve() {
	for {
		in, err := g.l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", g.target)
		for _, c := range []net.Conn{in, out} {
			if c != nil { // hold little, so that a flood reaches the server's bound soon
				c.(*net.TCPConn).SetReadBuffer(64 << 10)
				c.(*net.TCPConn).SetWriteBuffer(64 << 10)
			}
		}
		g.mu.Lock()
		if err != nil || g.shut {
			in.Close()
			if out != nil {
				out.Close()
			}
			g.mu.Unlock()
			continue
		}
		g.conns = append(g.conns, in, out)
		g.mu.Unlock()
		for _, p := range [][2]net.Conn{{in, out}, {out, in}} {
			g.wg.Go(func() { io.Copy(p[0], p[1]); p[0].Close(); p[1].Close() })
		}
	}
}

func (g *gate) set(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = shut
	if shut {
		for _, c := range g.conns {
			c.Close()
		}
		g.conns = nil
	}
}

func TestNATSConforms(t *testing.T) {
	for _, c := range []struct {
		name   string
		config embedded.Config
	}{
		{"Default", embedded.Config{}},
		{"SmallPayload", embedded.Config{MaxPayload: 64 << 10, MaxPending: 16 << 20}},
		{"LargePayload", embedded.Config{MaxPayload: 8 << 20}},
	} {
		t.Run(c.name, func(t *testing.T) {
			brokertest.Run(t, func(t *testing.T) brokertest.Bus { return natsBus(t, c.config) })
		})
	}
}

func natsBus(t *testing.T, c embedded.Config) brokertest.Bus {
	c.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
	url, _ := serve(t, c)
	gates := map[broker.Broker]*gate{}
	flood := 0
	if c.MaxPending > 0 {
		flood = c.MaxPending + 48<<20 // the server's, 32 MiB in the kernel, 1 MiB here
	}
	return brokertest.Bus{
		Connect: func(t *testing.T) broker.Broker {
			g := newGate(t, url)
			o := options(g.url())
			o.QueueBytes = 1 << 20
			o.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
			b, err := broker.ConnectNATS(o)
			if err != nil {
				t.Fatal(err)
			}
			flush(t, b)
			gates[b] = g
			return b
		},
		Cut:   func(b broker.Broker) { gates[b].set(true) },
		Mend:  func(b broker.Broker) { gates[b].set(false) },
		Flood: flood,
	}
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestNATSAbsent: no server at first. One log line and one state at once, no
// secret in them; what is subscribed meanwhile works when the server comes.
func TestNATSAbsent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	var log syncBuffer
	o := options(fmt.Sprintf("nats://%s:%s@127.0.0.1:%d", internal.User, internal.Secret, port))
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	b := dial(t, o)
	states := make(chan broker.State, 100)
	b.OnState(func(s broker.State) { states <- s })
	for s := range states {
		if s.Condition == broker.Connecting && s.Err != nil {
			break
		}
	}
	if s := log.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, fmt.Sprint(port)) || strings.Contains(s, internal.Secret) {
		t.Errorf("log:\n%s", s)
	}
	if err := b.Publish("x", nil); !errors.Is(err, broker.ErrDisconnected) {
		t.Errorf("publish: %v", err)
	}
	got := make(chan broker.Message, 1)
	if _, err := b.Subscribe("x", func(m broker.Message) { got <- m }); err != nil {
		t.Fatal(err)
	}
	serve(t, embedded.Config{Port: port})
	flush(t, b)
	a := dial(t, o)
	flush(t, a)
	if err := a.Publish("x", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	select {
	case <-got:
	case <-time.After(patience):
		t.Error("nothing came")
	}
}

// TestNATSRefused: wrong credentials are reported, tried again, and never fatal.
func TestNATSRefused(t *testing.T) {
	url, _ := serve(t, embedded.Config{})
	o := options(url)
	o.Secret = "wrong"
	b := dial(t, o)
	states := make(chan broker.State, 100)
	b.OnState(func(s broker.State) { states <- s })
	timeout := time.After(patience)
	for {
		select {
		case s := <-states:
			if s.Condition == broker.Connecting && s.Err != nil && strings.Contains(s.Err.Error(), "uthorization") {
				return
			}
		case <-timeout:
			t.Fatal("not told")
		}
	}
}

// TestNATSState is told at any time, before anybody listens and after the end.
func TestNATSState(t *testing.T) {
	url, stop := serve(t, embedded.Config{})
	b := dial(t, options(url))
	flush(t, b)
	if s := b.State(); s.Condition != broker.Connected || s.Server == "" || s.Err != nil {
		t.Errorf("%+v while connected", s)
	}
	states := make(chan broker.State, 100)
	b.OnState(func(s broker.State) { states <- s })
	stop()
	for timeout := time.After(patience); ; {
		select {
		case s := <-states:
			if s.Condition != broker.Disconnected {
				continue
			}
		case <-timeout:
			t.Fatal("never disconnected")
		}
		break
	}
	if s := b.State(); s.Condition != broker.Disconnected || s.Err == nil {
		t.Errorf("%+v without a server", s)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if s := b.State(); s.Condition != broker.Closed {
		t.Errorf("%+v when closed", s)
	}
}

// TestNATSSetServers: the server comes back elsewhere.
func TestNATSSetServers(t *testing.T) {
	url, stop := serve(t, embedded.Config{})
	b := dial(t, options(url))
	flush(t, b)
	stop()
	url, _ = serve(t, embedded.Config{})
	if err := b.SetServers([]string{url}); err != nil {
		t.Fatal(err)
	}
	flush(t, b)
	if err := b.Publish("x", nil); err != nil {
		t.Error(err)
	}
}

// TestNATSStalledServer: a server that takes nothing makes Publish fail, not
// wait; when it takes again, Drained says so.
func TestNATSStalledServer(t *testing.T) {
	url, _ := serve(t, embedded.Config{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	resume := make(chan struct{})
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { l.Close() })
	wg.Go(func() { // a proxy that stops after the handshake
		in, err := l.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", strings.TrimPrefix(url, "nats://"))
		if err != nil {
			t.Error(err)
			return
		}
		wg.Go(func() { io.Copy(in, out); in.Close() })
		buf := make([]byte, 4096)
		for n := 0; !bytes.Contains(buf[:n], []byte("PUB stall ")); {
			if n, err = in.Read(buf); err != nil {
				return
			}
			out.Write(buf[:n])
		}
		<-resume
		io.Copy(out, in)
		out.Close()
	})
	o := options("nats://" + l.Addr().String())
	o.OutgoingBytes = 1 << 20
	o.PingInterval = time.Hour
	b := dial(t, o)
	flush(t, b)
	states := make(chan broker.State, 1000)
	b.OnState(func(s broker.State) { states <- s })
	if err := b.Publish("stall", nil); err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 64<<10)
	for err = nil; err == nil; {
		err = b.Publish("stall", data)
	}
	if !errors.Is(err, broker.ErrOverflow) {
		t.Fatalf("stalled: %v", err)
	}
	if s := b.Stats(); s.Overflows != 1 || s.Outgoing > 2<<20 {
		t.Errorf("overflows %d, outgoing %d", s.Overflows, s.Outgoing)
	}
	close(resume)
	for timeout := time.After(patience); ; {
		select {
		case s := <-states:
			if !s.Drained {
				continue
			}
		case <-timeout:
			t.Fatal("never drained")
		}
		break
	}
	if s := b.State(); s.Condition != broker.Connected || s.Drained || s.Server == "" {
		t.Errorf("state %+v behind Drained", s)
	}
	if err := b.Publish("stall", data); err != nil {
		t.Errorf("after the stall: %v", err)
	}
	flush(t, b)
	b.Close()
}

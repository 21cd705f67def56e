package load_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/bench/load"
	"github.com/ioserver/ioserver/worker/socketio"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// serve is a server with the events that scenarios want, and its address.
func serve(t testing.TB, set func(*socketio.Server)) (*socketio.Server, netip.AddrPort) {
	t.Helper()
	s, err := socketio.NewServer(socketio.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/", "/other"} {
		behave(s, name)
	}
	if set != nil {
		set(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil && !errors.Is(err, socketio.ErrClosed) { // it may not have begun
			t.Error(err)
		}
	})
	return s, netip.MustParseAddrPort(l.Addr().String())
}

func behave(s *socketio.Server, name string) {
	ns := s.Of(name)
	ns.On("echo", func(_ *socketio.Socket, e *socketio.Event) { _ = e.Ack(e.Args()) })
	ns.On("join", func(c *socketio.Socket, e *socketio.Event) {
		var room string
		if e.Decode(&room) == nil && c.Join(room) == nil {
			_ = e.Ack()
		}
	})
	ns.On("all", func(_ *socketio.Socket, e *socketio.Event) {
		var payload string
		if e.Decode(&payload) == nil {
			_ = ns.Emit("news", payload)
		}
	})
	ns.On("room", func(_ *socketio.Socket, e *socketio.Event) {
		var room, payload string
		if e.Decode(&room, &payload) == nil {
			_ = ns.To(room).Emit("news", payload)
		}
	})
}

// emitter answers POSTs as the HTTP API does. change, where given, sees each
// payload first, and emits it if anybody does.
func emitter(t testing.TB, s *socketio.Server, change func(n int, emit func(string)) bool) *httptest.Server {
	t.Helper()
	var mu sync.Mutex
	n := 0
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Event     string
			Args      []string
			Rooms     []string
			Namespace string
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || len(body.Args) != 1 || r.Header.Get("X-Token") != "secret" {
			http.Error(w, "bad", http.StatusBadRequest)
			return
		}
		emit := func(payload string) {
			if len(body.Rooms) > 0 {
				_ = s.Of(body.Namespace).To(body.Rooms...).Emit(body.Event, payload)
				return
			}
			_ = s.Of(body.Namespace).Emit(body.Event, payload)
		}
		if change != nil {
			mu.Lock()
			defer mu.Unlock()
			n++
			if change(n, func(mark string) { emit(strings.Replace(body.Args[0], "..", mark, 1)) }) {
				return
			}
		}
		emit(body.Args[0])
	}))
	t.Cleanup(h.Close)
	return h
}

func post(h *httptest.Server) *load.PublishPlan {
	return &load.PublishPlan{
		Address: netip.MustParseAddrPort(h.Listener.Addr().String()), Host: "x", Path: "/emit",
		Header: []string{"X-Token: secret"}, Body: `{"event":"news","args":["{payload}"]}`, Connections: 4, InFlight: 1,
	}
}

// options are those of a fleet of that server.
func options(target netip.AddrPort, clients int) load.Options {
	sources, _ := load.ParseSources("127.0.0.0/28")
	return load.Options{
		Target: target, Host: target.String(), Path: "/socket.io/", Revision: 4, Sources: sources,
		Clients: clients, Threads: 2, Connecting: 32, Timeout: patience,
	}
}

// connected is a fleet that is there.
func connected(t testing.TB, o load.Options) *load.Fleet {
	t.Helper()
	f, err := load.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close(context.Background()) })
	out := f.Connect(context.Background(), load.Hooks{})
	if out.Counts.Opened != int64(o.Clients) || out.Counts.LostClients != 0 || out.Counts.Ready != int64(o.Clients) {
		t.Fatalf("%d of %d are there, %d lost: %v", out.Counts.Opened, o.Clients, out.Counts.LostClients, f.Why())
	}
	if n := out.Latency.TotalCount(); n != int64(o.Clients) {
		t.Errorf("the latency has %d connections", n)
	}
	return f
}

func run(t testing.TB, f *load.Fleet, p load.Plan) load.Outcome {
	t.Helper()
	if p.Size == 0 {
		p.Size = load.MinSize + 5
	}
	if p.Duration == 0 {
		p.Duration = patience
	}
	out, err := f.Run(context.Background(), p, load.Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

package bench_test

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ioserver/ioserver/bench"
	"github.com/ioserver/ioserver/bench/report"
	"github.com/ioserver/ioserver/worker/socketio"
)

// serve is a server whose faults can be switched on, and its URL.
func serve(t *testing.T) (url string, faulty *atomic.Bool) {
	t.Helper()
	s, err := socketio.NewServer(socketio.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	faulty = new(atomic.Bool)
	var n atomic.Int64
	ns := s.Of("/")
	ns.On("echo", func(_ *socketio.Socket, e *socketio.Event) {
		if !faulty.Load() || n.Add(1)%10 != 0 {
			_ = e.Ack(e.Args())
		}
	})
	ns.On("join", func(c *socketio.Socket, e *socketio.Event) {
		var room string
		if e.Decode(&room) == nil && c.Join(room) == nil {
			_ = e.Ack()
		}
	})
	ns.On("news", func(_ *socketio.Socket, e *socketio.Event) {
		args, _ := e.Args().Split()
		if len(args) == 2 {
			_ = ns.To(strings.Trim(string(args[0]), `"`)).Emit("news", args[1])
			return
		}
		_ = ns.Emit("news", e.Args())
		if faulty.Load() {
			_ = ns.Emit("news", e.Args())
		}
	})
	ns.On("cut", func(c *socketio.Socket, _ *socketio.Event) { c.Disconnect(true) })
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
	return "http://" + l.Addr().String(), faulty
}

// options are those of a short run.
func options(url string, scenarios ...string) bench.Options {
	o := *bench.Defaults()
	o.URL, o.Scenarios, o.Clients, o.Threads = url, scenarios, 60, 2
	o.Messages, o.Timeout, o.PID = 300, 10*time.Second, os.Getpid()
	o.BroadcastEvent = "news"
	return o
}

func run(t *testing.T, o bench.Options) *report.Report {
	t.Helper()
	r, err := bench.Run(t.Context(), o, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// find is the first scenario of a name.
func find(t *testing.T, r *report.Report, name string) *report.Scenario {
	t.Helper()
	for i := range r.Scenarios {
		if r.Scenarios[i].Name == name {
			return &r.Scenarios[i]
		}
	}
	t.Fatalf("no %s in the report", name)
	return nil
}

package bench_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/bench"
	"github.com/ioserver/ioserver/bench/load"
	"github.com/ioserver/ioserver/bench/report"
)

// Every scenario ends with the exact number of operations, and nothing lost.
func TestScenarios(t *testing.T) {
	url, _ := serve(t)
	o := options(url, bench.Scenarios()...)
	o.JoinEvent, o.Rooms, o.Duration = "join", 6, 500*time.Millisecond
	r := run(t, o)
	if !r.OK || r.Interrupted || r.Verdict() != "OK: nothing was lost, doubled or changed" {
		t.Errorf("%s, %+v", r.Verdict(), r.Warnings)
	}
	var names []string
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		names = append(names, s.Label())
		if s.Clients != 60 || s.Faults.Total() != 0 || s.Server == nil || s.Server.Processes < 1 || s.Server.MemoryAfter == 0 || len(s.Bench.Busy) != 2 {
			t.Errorf("%s: %+v", s.Name, s)
		}
	}
	if got := strings.Join(names, ", "); got != "connect, idle, echo, broadcast, rooms, connect polling, polling, connect, soak" {
		t.Errorf("scenarios: %s", got)
	}
	for name, want := range map[string]int64{"connect": 60, "idle": 0, "echo": 300, "broadcast": 300 * 60, "rooms": 300 * 10, "polling": 300} {
		if s := find(t, r, name); s.Operations != want || (s.Latency == nil) != (want == 0) || s.Latency != nil && s.Latency.Count != want {
			t.Errorf("%s: %d operations, latency %+v", name, s.Operations, s.Latency)
		}
	}
	if s := find(t, r, "soak"); s.Loop != "open" || !strings.Contains(s.Basis, "corrected") {
		t.Errorf("soak: %+v", s)
	}
	if s := find(t, r, "echo"); s.Loop != "closed" || s.InFlight != 64 {
		t.Errorf("echo: %+v", s)
	}
}

// What a server loses, doubles or cuts makes the report fail, by kind.
func TestFaultsFail(t *testing.T) {
	url, faulty := serve(t)
	faulty.Store(true)
	o := options(url, "echo", "broadcast")
	o.Timeout = 500 * time.Millisecond
	r := run(t, o)
	if r.OK || !strings.HasPrefix(r.Verdict(), "FAILED") {
		t.Errorf("%s", r.Verdict())
	}
	if f := find(t, r, "echo").Faults; f != (report.Faults{AcksLost: 30}) {
		t.Errorf("echo: %+v", f)
	}
	if f := find(t, r, "broadcast").Faults; f != (report.Faults{MessagesDoubled: 300 * 60}) {
		t.Errorf("broadcast: %+v", f)
	}
	o = options(url, "echo")
	o.Event, o.Timeout = "cut", 500*time.Millisecond
	r = run(t, o)
	if s := find(t, r, "echo"); r.OK || s.Faults.ClientsLost != 60 || s.Faults.AcksLost == 0 || len(s.Why) == 0 {
		t.Errorf("cut: %+v", s)
	}
}

func TestNobodyThere(t *testing.T) {
	o := options("http://127.0.0.1:1", "connect", "echo")
	o.Timeout = 500 * time.Millisecond
	r := run(t, o)
	if r.OK || len(r.Scenarios) != 1 || r.Scenarios[0].Faults.ClientsLost != 60 || len(r.Warnings) == 0 {
		t.Errorf("%+v", r)
	}
}

// A run that is interrupted reports what there is.
func TestInterrupted(t *testing.T) {
	url, _ := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o := options(url, "echo", "idle", "soak")
	o.Messages, o.Duration, o.Warmup = 0, time.Hour, 0
	r, err := bench.Run(ctx, o, writes(func(s string) {
		if strings.Contains(s, "echo") {
			cancel()
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	if s := find(t, r, "echo"); r.OK || !r.Interrupted || s.Operations == 0 || s.Faults.Total() != 0 || len(r.Scenarios) != 2 {
		t.Errorf("%s, %+v", r.Verdict(), s)
	}
}

// writes is a writer that has each line looked at.
type writes func(string)

func (w writes) Write(b []byte) (int, error) {
	w(string(bytes.TrimSpace(b)))
	return len(b), nil
}

func TestBadOptions(t *testing.T) {
	good := options("http://127.0.0.1:1", "echo")
	for option, change := range map[string]func(*bench.Options){
		"scenario":       func(o *bench.Options) { o.Scenarios = []string{"ech"} },
		"url":            func(o *bench.Options) { o.URL = "" },
		"url ":           func(o *bench.Options) { o.URL = "https://x" },
		"url  ":          func(o *bench.Options) { o.URL = "http://127.0.0.1:1/chat" },
		"url   ":         func(o *bench.Options) { o.URL = "127.0.0.1:1" },
		"trigger":        func(o *bench.Options) { o.Scenarios, o.BroadcastEvent = []string{"rooms"}, "" },
		"trigger ":       func(o *bench.Options) { o.Trigger = "ftp://x" },
		"trigger-body":   func(o *bench.Options) { o.TriggerBody = "{}" },
		"rooms":          func(o *bench.Options) { o.Rooms = 3 },
		"size":           func(o *bench.Options) { o.Size = load.MinSize - 1 },
		"event":          func(o *bench.Options) { o.Event = `a"b` },
		"namespace":      func(o *bench.Options) { o.Namespace = "x" },
		"auth":           func(o *bench.Options) { o.Auth = "[1]" },
		"header":         func(o *bench.Options) { o.Headers = []string{"x"} },
		"trigger-header": func(o *bench.Options) { o.TriggerHeaders = []string{"a: b\r\nc: d"} },
		"pid":            func(o *bench.Options) { o.PID = 1 << 30 },
	} {
		o := good
		change(&o)
		_, err := bench.Run(t.Context(), o, &bytes.Buffer{})
		var usage *bench.UsageError
		if !errors.As(err, &usage) || usage.Option != strings.TrimSpace(option) {
			t.Errorf("%s: %v", option, err)
		}
	}
	o := good
	o.Clients = 1 << 30
	var usage *bench.UsageError
	if _, err := bench.Run(t.Context(), o, &bytes.Buffer{}); !errors.As(err, &usage) || usage.Option != "clients" || !strings.Contains(err.Error(), "at most") {
		t.Errorf("%v", err)
	}
}

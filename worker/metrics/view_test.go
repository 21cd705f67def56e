package metrics

import (
	"bytes"
	"testing"
	"time"

	"github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
	"github.com/ioserver/ioserver/worker/api"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

// A slot is missing until its worker serves, has a fresh beat, and the bus.
func TestMissing(t *testing.T) {
	b := newBoard(t, 2)
	v := view(t, b)
	var sample Sample
	recorders := []*Recorder{NewRecorder(b.Slot(0), func() Sample { return sample }), NewRecorder(b.Slot(1), func() Sample { return sample })}
	record := func() {
		for _, r := range recorders {
			r.Record()
		}
	}
	expect := func(want ...api.Missing) {
		t.Helper()
		got := v.Missing()
		if len(got) != len(want) {
			t.Fatalf("missing %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("missing %v, want %v", got[i], want[i])
			}
		}
	}
	expect(api.Missing{Slot: 0, Why: "the worker is down"}, api.Missing{Slot: 1, Why: "the worker is down"})
	for i := range 2 {
		b.Slot(i).Begin(1, 1)
		b.Slot(i).PID.Store(uint64(100 + i))
	}
	expect(api.Missing{Slot: 0, Why: "the worker is starting"}, api.Missing{Slot: 1, Why: "the worker is starting"})
	for i := range 2 {
		b.Slot(i).State.Store(uint32(scoreboard.Serving))
	}
	expect(api.Missing{Slot: 0, Why: "the worker is starting"}, api.Missing{Slot: 1, Why: "the worker is starting"})
	record()
	expect(api.Missing{Slot: 0, Why: "the worker is not connected to the bus"}, api.Missing{Slot: 1, Why: "the worker is not connected to the bus"})
	sample.State = broker.Connected
	sample.Engine.Polling.V3, sample.Engine.WebSocket.V4 = 2, 5
	sample.Loop.Conns, sample.Worker.RelaysAsked = 9, 3
	sample.Worker.RelaysAcross = 4
	record()
	expect()
	want := WorkerState{State: scoreboard.Serving, PID: 101, Life: 1, Connections: 9, Polling: 2, WebSocket: 5, Relayed: 3, Across: 4, Joined: true}
	if w := Workers(b); w[1] != want || !w[1].Serving() || w[1].Sessions() != 7 {
		t.Errorf("%+v", w[1])
	}
	b.Slot(1).Beat.Store(scoreboard.Now() - int64(fresh) - int64(time.Second))
	expect(api.Missing{Slot: 1, Why: "the worker is stalled"})
	if w := Workers(b); w[1].State != scoreboard.Stalled || w[0].State != scoreboard.Serving {
		t.Errorf("%+v", w)
	}
	record()
	expect()
	b.Slot(0).State.Store(uint32(scoreboard.Stalled))
	expect(api.Missing{Slot: 0, Why: "the worker is stalled"})
	b.Slot(0).End()
	expect(api.Missing{Slot: 0, Why: "the worker is down"})
	if v.Slots() != 2 {
		t.Error(v.Slots())
	}
}

// The names and helps keep Prometheus's rules.
func TestPromlint(t *testing.T) {
	b := newBoard(t, 2)
	b.Broker().Life.Store(1)
	var out bytes.Buffer
	if _, err := view(t, b).WriteMetrics(&out); err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.New(&out).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// The master's and the broker's processes are told apart; a broker that is not
// ours is not told of.
func TestRoles(t *testing.T) {
	b := newBoard(t, 1)
	v := view(t, b)
	b.Master().Memory.Store(7)
	b.Master().Counters[scoreboard.Accepted].Store(9)
	families := scrape(t, v)
	if len(families["ioserver_process_memory_bytes"].Metric) != 1 {
		t.Error("a broker where there is none")
	}
	b.Broker().Life.Store(1)
	b.Broker().CPU.Store(uint64(1500 * time.Millisecond))
	b.Broker().Respawns.Store(2)
	families = scrape(t, v)
	for _, x := range []struct {
		name, role string
		want       float64
	}{
		{"ioserver_process_memory_bytes", "master", 7},
		{"ioserver_process_cpu_seconds_total", "broker", 1.5},
		{"ioserver_process_respawns_total", "broker", 2},
	} {
		if got := value(t, families, x.name, "role", x.role); got != x.want {
			t.Errorf("%s of the %s: %v, want %v", x.name, x.role, got, x.want)
		}
	}
	if got := value(t, families, "ioserver_master_connections_accepted_total"); got != 9 {
		t.Errorf("accepted %v", got)
	}
	if got := value(t, families, "ioserver_slots"); got != 1 {
		t.Errorf("slots %v", got)
	}
}

package load_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ioserver/ioserver/bench/load"
	"github.com/ioserver/ioserver/protocol/eio"
)

// wants compares what is counted, but for bytes and heartbeats.
func wants(t *testing.T, got, want load.Counts) {
	t.Helper()
	got.BytesIn, got.BytesOut, got.Heartbeats, got.LateAcks = 0, 0, 0, 0
	if got != want {
		t.Errorf("counts are\n%+v, want\n%+v", got, want)
	}
}

// Every transport, revision and namespace is loaded alike, and every count is exact.
func TestEcho(t *testing.T) {
	_, target := serve(t, nil)
	for _, polling := range []bool{false, true} {
		for _, revision := range []eio.Revision{3, 4} {
			for _, namespace := range []string{"", "/other"} {
				t.Run(fmt.Sprint("polling ", polling, revision, namespace), func(t *testing.T) {
					o := options(target, 50)
					o.Polling, o.Revision, o.Namespace = polling, revision, namespace
					f := connected(t, o)
					for _, p := range []load.EchoPlan{{Event: "echo", InFlight: 20}, {Event: "echo", Rate: 5000}} {
						out := run(t, f, load.Plan{Echo: &p, Messages: 1001, Size: 300})
						wants(t, out.Counts, load.Counts{Ready: 50, Requests: 1001, Acks: 1001})
						if n := out.Latency.TotalCount(); n != 1001 || out.Stalled {
							t.Errorf("%d latencies, stalled: %v", n, out.Stalled)
						}
						if n := out.Late.TotalCount(); p.Rate > 0 && n != 1001 {
							t.Errorf("%d of an open loop have a lateness", n)
						}
					}
				})
			}
		}
	}
}

func TestBroadcast(t *testing.T) {
	s, target := serve(t, nil)
	h := emitter(t, s, nil)
	for name, change := range map[string]func(*load.PublishPlan){
		"one at a time":   func(*load.PublishPlan) {},
		"burst":           func(p *load.PublishPlan) { p.InFlight = 64 },
		"open":            func(p *load.PublishPlan) { p.Rate = 1000 },
		"by event":        func(p *load.PublishPlan) { p.Event = "all" },
		"by event, burst": func(p *load.PublishPlan) { p.Event, p.InFlight = "all", 64 },
	} {
		t.Run(name, func(t *testing.T) {
			f := connected(t, options(target, 60))
			p := post(h)
			change(p)
			for range 2 {
				out := run(t, f, load.Plan{Publish: p, Messages: 200})
				wants(t, out.Counts, load.Counts{Ready: 60, Published: 200, Deliveries: 200 * 60})
				if n := out.Latency.TotalCount(); n != 200*60 {
					t.Errorf("%d latencies", n)
				}
			}
		})
	}
}

// A broadcast has all its messages also after a time in which nothing was done.
func TestBroadcastAfterIdle(t *testing.T) {
	s, target := serve(t, nil)
	f := connected(t, options(target, 60))
	p := post(emitter(t, s, nil))
	for range 2 {
		run(t, f, load.Plan{Duration: 10 * time.Millisecond})
		out := run(t, f, load.Plan{Publish: p, Messages: 200})
		wants(t, out.Counts, load.Counts{Ready: 60, Published: 200, Deliveries: 200 * 60})
		if out.Stalled {
			t.Error("it stalled")
		}
	}
}

func TestRooms(t *testing.T) {
	s, target := serve(t, nil)
	h := emitter(t, s, nil)
	for name, c := range map[string]struct {
		change     func(*load.PublishPlan)
		deliveries int64
	}{
		"own":      {func(p *load.PublishPlan) { p.OwnRooms = true }, 300},
		"joined":   {func(p *load.PublishPlan) { p.Rooms, p.Join = 10, "join" }, 300 * 6},
		"by event": {func(p *load.PublishPlan) { p.Rooms, p.Join, p.Event = 10, "join", "room" }, 300 * 6},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(target, 60)
			o.KeepIDs = true
			f := connected(t, o)
			p := post(h)
			p.Body, p.InFlight = `{"event":"news","args":["{payload}"],"rooms":["{room}"]}`, 8
			c.change(p)
			out := run(t, f, load.Plan{Publish: p, Messages: 300})
			wants(t, out.Counts, load.Counts{Ready: 60, Published: 300, Deliveries: c.deliveries})
		})
	}
}

// Echoes and broadcasts go together; a duration ends what has no number, and what
// is sent while it warms up is checked but not measured.
func TestDuration(t *testing.T) {
	s, target := serve(t, nil)
	h := emitter(t, s, nil)
	f := connected(t, options(target, 50))
	p := post(h)
	p.Rate = 100
	began, watched := false, 0
	out, err := f.Run(t.Context(), load.Plan{
		Echo: &load.EchoPlan{Event: "echo", Rate: 1000}, Publish: p, Size: load.MinSize,
		Warmup: 300 * time.Millisecond, Duration: 600 * time.Millisecond,
	}, load.Hooks{Begin: func() { began = true }, Watch: func(load.Snapshot) { watched++ }})
	if err != nil {
		t.Fatal(err)
	}
	c, m := out.Counts, out.Measured
	if c.Acks != c.Requests || c.Deliveries != 50*c.Published || c.Acks == 0 || c.Published == 0 {
		t.Errorf("counts are %+v", c)
	}
	if m.Acks >= c.Acks || m.Acks == 0 || out.Latency.TotalCount() > m.Acks+m.Deliveries {
		t.Errorf("measured %+v, %d latencies, of %+v", m, out.Latency.TotalCount(), c)
	}
	if !began || watched == 0 || len(out.Busy) != 2 || out.Elapsed <= 0 {
		t.Errorf("began: %v, watched %d times, %v", began, watched, out)
	}
}

package master

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// mortal is a process that only notes that it was killed.
type mortal struct{ killed int }

func (p *mortal) Pid() int     { return 77 }
func (p *mortal) Wait() string { select {} }
func (p *mortal) Kill()        { p.killed++ }

// A worker's silence is measured in the master's own looks, with the default bounds.
func TestJudgement(t *testing.T) {
	const s = time.Second
	type look struct {
		after time.Duration // since the look before
		beat  bool          // the worker has measured itself since
		state scoreboard.State
		kills int
	}
	steady := func(n int, beat bool, state scoreboard.State, kills int) (looks []look) {
		for range n {
			looks = append(looks, look{s, beat, state, kills})
		}
		return looks
	}
	silent := append(append(append([]look{{s, true, scoreboard.Serving, 0}}, steady(9, false, scoreboard.Serving, 0)...),
		steady(10, false, scoreboard.Stalled, 0)...), steady(5, false, scoreboard.Stalled, 1)...)
	for name, looks := range map[string][]look{
		"never measured":   steady(60, false, scoreboard.Serving, 0),
		"measures":         steady(60, true, scoreboard.Serving, 0),
		"silent":           silent,
		"comes back":       append(silent[:18:18], steady(30, true, scoreboard.Serving, 0)...),
		"slow but regular": append(append([]look{{s, true, scoreboard.Serving, 0}}, steady(9, false, scoreboard.Serving, 0)...), silent...),
		// The whole group of processes stood still, or the master alone was late: nobody can tell who was silent.
		"all stood still": {{s, true, scoreboard.Serving, 0}, {time.Hour, false, scoreboard.Serving, 0}, {s, true, scoreboard.Serving, 0}},
		"late looks":      {{s, true, scoreboard.Serving, 0}, {5 * s, false, scoreboard.Serving, 0}, {5 * s, false, scoreboard.Serving, 0}, {5 * s, false, scoreboard.Serving, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Workers: 1, Logger: newJournal().logger()}
			r := newRun(&o, system{})
			r.log = o.Logger
			board, err := scoreboard.New(1)
			if err != nil {
				t.Fatal(err)
			}
			defer board.Close()
			r.board = board
			r.prepareRow()
			process, row := new(mortal), board.Slot(0)
			row.State.Store(uint32(scoreboard.Serving))
			slot := &slot{}
			slot.child = &child{slot: slot, process: process, row: row, ready: true}
			r.slots = append(r.slots, slot)
			now := r.began
			for i, l := range looks {
				if now = now.Add(l.after); l.beat {
					row.Beat.Add(1)
				}
				r.look(now)
				state := scoreboard.State(row.State.Load())
				if state != l.state || process.killed != l.kills || slot.serving() != (l.state == scoreboard.Serving) {
					t.Fatalf("look %d: %v, killed %d times, serving %v; want %v, %d times", i, state, process.killed, slot.serving(), l.state, l.kills)
				}
			}
			if kills := board.Master().Counters[scoreboard.StallKills].Load(); kills != uint64(process.killed) {
				t.Errorf("counted %d kills of %d", kills, process.killed)
			}
		})
	}
}

// pulses collects what OnPulse tells.
func pulses() (chan Pulse, func(Pulse)) {
	heard := make(chan Pulse, 1000)
	return heard, func(p Pulse) {
		select {
		case heard <- p:
		default: // nobody listens now
		}
	}
}

// A worker that hangs is no longer counted as serving and gets nothing that others could have; one that turns again is as before.
func TestStalledWorkerIsPassedOver(t *testing.T) {
	f := &fakeSystem{t: t}
	heard, on := pulses()
	o := Options{Workers: 2, Balance: RoundRobin, API: []string{"127.0.0.1:0"}, Pulse: time.Millisecond, OnPulse: on}
	m := begin(t, o, f.system(), func(r *run) { r.watch.bounds = watchBounds{time.Millisecond, 20 * time.Millisecond, time.Hour} })
	hear(t, heard, Pulse{Serving: 2, Slots: 2})
	row := m.board.Slot(0)
	for round := range uint64(2) {
		row.Beat.Store(int64(round) + 1) // its first and last
		m.journal.await(t, "worker does not turn", int(round)+1)
		hear(t, heard, Pulse{Serving: 1, Slots: 2})
		if state := scoreboard.State(row.State.Load()); state != scoreboard.Stalled || m.counter(scoreboard.Stalls)() != round+1 {
			t.Errorf("%v, %d stalls", state, m.counter(scoreboard.Stalls)())
		}
		for range 4 {
			for _, address := range []string{m.Addresses[0], m.API[0]} {
				if a, status, err := ask("tcp", address, ""); err != nil || status != 200 || a.slot != 1 {
					t.Errorf("%+v, %d, %v", a, status, err)
				}
			}
		}
		row.Beat.Store(0) // as one that has not begun to measure
		m.journal.await(t, "worker turns again", int(round)+1)
		for len(heard) > 0 {
			<-heard
		}
		hear(t, heard, Pulse{Serving: 2, Slots: 2})
	}
	if n := strings.Count(m.journal.String(), "worker does not turn"); n != 2 {
		t.Errorf("said %d times", n)
	}
}

// A worker that goes on hanging is killed, and its successor serves with what it had counted.
func TestStalledWorkerIsReplaced(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 2}, f.system(), func(r *run) {
		r.watch.bounds = watchBounds{time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond}
	})
	first, row := f.last("ioserver: worker 1"), m.board.Slot(1)
	row.Counters[7].Store(70)
	row.Gauges[7].Store(7)
	life := row.Life.Load()
	row.Beat.Store(1)
	if status := first.Wait(); status != "signal: killed" {
		t.Error(status)
	}
	m.journal.await(t, "worker serves", 3)
	if f.last("ioserver: worker 0") != f.started[0] {
		t.Error("a worker that has never measured itself was replaced")
	}
	if row.Counters[7].Load() != 70 || row.Gauges[7].Load() != 0 || row.Beat.Load() != 0 || row.Life.Load() <= life || row.Respawns.Load() != 1 {
		t.Errorf("counter %d, gauge %d, beat %d, life %d after %d, %d respawns",
			row.Counters[7].Load(), row.Gauges[7].Load(), row.Beat.Load(), row.Life.Load(), life, row.Respawns.Load())
	}
	if n := m.counter(scoreboard.StallKills)(); n != 1 {
		t.Errorf("counted %d kills", n)
	}
	hear(t, f.last("ioserver: worker 0").worker.peers, fdpass.Peer{Slot: 1, Life: row.Life.Load(), Up: true})
}

// The rows say what the master knows.
func TestRowsAreKept(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 2, Embedded: marshal(t, struct{}{})}, f.system(), func(r *run) { r.watch.bounds.every = time.Millisecond })
	m.journal.await(t, "broker serves", 1)
	expect := func(row *scoreboard.Row, p *fakeProcess, respawns uint64) {
		t.Helper()
		got := fmt.Sprint(scoreboard.State(row.State.Load()), row.PID.Load(), row.Life.Load(), row.Respawns.Load())
		if want := fmt.Sprint(scoreboard.Serving, p.Pid(), p.worker.hello.Life, respawns); got != want {
			t.Errorf("%s: %s, want %s", p.title, got, want)
		}
		if at := time.Unix(0, row.Started.Load()); at.Before(m.run.began) || at.After(time.Now()) {
			t.Errorf("%s: started at %v", p.title, at)
		}
	}
	expect(m.board.Slot(0), f.last("ioserver: worker 0"), 0)
	expect(m.board.Slot(1), f.last("ioserver: worker 1"), 0)
	expect(m.board.Broker(), f.last("ioserver: broker"), 0)
	f.last("ioserver: broker").Kill()
	m.journal.await(t, "broker serves", 2)
	expect(m.board.Broker(), f.last("ioserver: broker"), 1)

	master := m.board.Master()
	if master.PID.Load() != uint64(os.Getpid()) || master.State.Load() != uint32(scoreboard.Serving) || master.Memory.Load() == 0 {
		t.Errorf("the master's row: pid %d, state %d, memory %d", master.PID.Load(), master.State.Load(), master.Memory.Load())
	}
	beat := master.Beat.Load()
	m.counted(t, "beat", func() uint64 { return uint64(master.Beat.Load()) }, uint64(beat)+1)

	f.refuse.Store(1000)
	f.last("ioserver: worker 0").Kill()
	m.journal.await(t, "worker not started", 1)
	if row := m.board.Slot(0); row.State.Load() != uint32(scoreboard.Down) || row.PID.Load() != 0 || row.Respawns.Load() != 1 {
		t.Errorf("without a process: state %d, pid %d", row.State.Load(), row.PID.Load())
	}
	f.refuse.Store(0)
}

// Stopping is told once, and no pulse comes after it.
func TestStoppingIsToldOnce(t *testing.T) {
	f := &fakeSystem{t: t}
	var told []string
	o := Options{
		Workers: 1, Worker: marshal(t, testConfig{IgnoreStop: true}), ShutdownTimeout: 100 * time.Millisecond, Pulse: time.Millisecond,
		OnPulse: func(Pulse) {
			if len(told) != 1 {
				told = append(told, "pulse")
			}
		},
		Stopping: func() { told = append(told, "stopping") },
	}
	m := begin(t, o, f.system(), nil)
	m.journal.await(t, "worker serves", 1)
	pulsed := make(chan bool)
	m.counted(t, "pulses", func() uint64 {
		m.run.post(func() { pulsed <- len(told) > 0 })
		if <-pulsed {
			return 1
		}
		return 0
	}, 1)
	if err := m.end(t); err != nil {
		t.Error(err)
	}
	if got := strings.Join(told, " "); got != "pulse stopping" {
		t.Errorf("told: %s", got)
	}
}

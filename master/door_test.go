package master

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// ask asks m once from an address of its own.
func (m *running) ask(t *testing.T, from string) (answerOf, int, error) {
	t.Helper()
	return ask("tcp", m.Addresses[0], from)
}

func TestConnectionReachesItsSlot(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 4, Listen: []string{"127.0.0.1:0", "unix:" + t.TempDir() + "/s"}}, f.system(), nil)
	slots := make(map[int]bool)
	for _, from := range []string{"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6", "127.0.0.7", "127.0.0.8", "127.0.0.9"} {
		first, status, err := m.ask(t, from)
		if err != nil || status != 200 || !strings.HasPrefix(first.remote, from+":") || first.nodelay != 1 || first.listener != 0 {
			t.Fatalf("%s: %+v, %d, %v", from, first, status, err)
		}
		slots[first.slot] = true
		for range 3 {
			if again, _, err := m.ask(t, from); err != nil || again.slot != first.slot {
				t.Errorf("%s went to %d, then to %d, %v", from, first.slot, again.slot, err)
			}
		}
	}
	if len(slots) == 1 {
		t.Error("eight addresses met one slot")
	}
	for n := range 4 {
		a, status, err := ask("unix", strings.TrimPrefix(m.Addresses[1], "unix:"), "")
		if err != nil || status != 200 || a.slot != n || a.remote != "unix" || a.listener != 1 {
			t.Errorf("unix: %+v, %d, %v", a, status, err)
		}
	}
}

// deaf makes a master whose only worker takes nothing from its inbox.
func deaf(t *testing.T, b bounds) (*running, *fakeSystem) {
	f := &fakeSystem{t: t}
	o := Options{Workers: 1, Worker: marshal(t, testConfig{NeverReceive: true})}
	return begin(t, o, f.system(), func(r *run) { r.door.bounds = b }), f
}

// block fills the slot's inbox with what only its worker may take.
func (m *running) block(t *testing.T) {
	t.Helper()
	full := make(chan error)
	m.run.post(func() {
		for {
			if err := m.run.slots[0].inbox.Send(fdpass.Request, make([]byte, fdpass.MaxPayload), -1); err != nil {
				full <- err
				return
			}
		}
	})
	if err := <-full; err != fdpass.ErrFull {
		t.Fatal(err)
	}
}

// counter reads one of the master's counters.
func (m *running) counter(cell int) func() uint64 { return m.board.Master().Counters[cell].Load }

// counted waits until a counter has reached n.
func (m *running) counted(t *testing.T, name string, value func() uint64, n uint64) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for value() < n {
		if time.Now().After(deadline) {
			t.Fatalf("%s: %d, want %d", name, value(), n)
		}
		passed := make(chan struct{})
		m.run.post(func() { close(passed) }) // let the loop go round
		<-passed
	}
}

func TestFullInboxWaitsThenIsServed(t *testing.T) {
	m, f := deaf(t, bounds{waiting: 8, total: 100, age: time.Hour})
	m.block(t)
	var held []net.Conn
	for range 8 {
		conn, err := dial("tcp", m.Addresses[0], "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		held = append(held, conn)
	}
	m.counted(t, "waited", m.counter(scoreboard.Waited), 8)
	if _, status, err := m.ask(t, ""); status != 503 || err != nil { // one too many
		t.Errorf("beyond the bound: %d, %v", status, err)
	}
	// The worker begins to listen.
	p := f.last("ioserver: worker 0")
	r := fdpass.NewReceiver(p.inbox)
	go p.worker.serve(r)
	for i, conn := range held {
		if _, status, err := finish(conn); status != 200 || err != nil {
			t.Errorf("connection %d: %d, %v", i, status, err)
		}
	}
	if m.counter(scoreboard.Passed)() != 8 || m.counter(scoreboard.Refused)() != 1 {
		t.Errorf("counted %d passed, %d refused", m.counter(scoreboard.Passed)(), m.counter(scoreboard.Refused)())
	}
	m.end(t)
	r.Close()
}

func TestWaitingEndsWith503(t *testing.T) {
	m, _ := deaf(t, bounds{waiting: 8, total: 3, age: 50 * time.Millisecond})
	m.block(t)
	var held []net.Conn
	for range 4 { // three wait until their time is up, one is beyond the total
		conn, err := dial("tcp", m.Addresses[0], "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		held = append(held, conn)
	}
	for i, conn := range held {
		if _, status, err := finish(conn); status != 503 || err != nil {
			t.Errorf("connection %d: %d, %v", i, status, err)
		}
	}
}

// What is queued for a slot that stays down is answered by the master; so is what comes later; a worker that serves again gets its
// connections again.
func TestSlotStaysDown(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 1, Worker: marshal(t, testConfig{NeverReceive: true})}, f.system(), func(r *run) {
		r.door.bounds = bounds{waiting: 8, total: 8, age: 200 * time.Millisecond}
	})
	queued, err := dial("tcp", m.Addresses[0], "")
	if err != nil {
		t.Fatal(err)
	}
	defer queued.Close()
	m.counted(t, "passed", m.counter(scoreboard.Passed), 1)
	f.dieAtStart.Store(1000) // beyond the bound: after 0, 100, 200, 400 ms and so on
	f.last("ioserver: worker 0").Kill()
	if _, status, err := finish(queued); status != 503 || err != nil {
		t.Errorf("queued: %d, %v", status, err)
	}
	if _, status, err := m.ask(t, ""); status != 503 || err != nil {
		t.Errorf("while down: %d, %v", status, err)
	}
	f.dieAtStart.Store(0)
	m.journal.await(t, "worker serves", 2)
	p := f.last("ioserver: worker 0")
	r := fdpass.NewReceiver(p.inbox)
	go p.worker.serve(r)
	if _, status, err := m.ask(t, ""); status != 200 || err != nil {
		t.Errorf("up again: %d, %v", status, err)
	}
	m.end(t)
	r.Close()
}

// A full inbox is no reason to wait where any other slot would do.
func TestMovableGoesElsewhere(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 2, Balance: RoundRobin}, f.system(), nil)
	m.run.post(func() {
		s := m.run.slots[0]
		s.waiting = []waiting{{conn{-1, fdpass.Origin{}}, time.Now().Add(time.Hour)}} // others wait there already
	})
	for range 4 {
		if a, status, err := m.ask(t, ""); status != 200 || err != nil || a.slot != 1 {
			t.Errorf("%+v, %d, %v", a, status, err)
		}
	}
	m.run.post(func() { m.run.slots[0].waiting = nil })
}

func TestStopAnswersThoseWhoWait(t *testing.T) {
	m, _ := deaf(t, bounds{waiting: 8, total: 8, age: time.Hour})
	queued, err := dial("tcp", m.Addresses[0], "")
	if err != nil {
		t.Fatal(err)
	}
	defer queued.Close()
	m.counted(t, "passed", m.counter(scoreboard.Passed), 1)
	m.block(t)
	waits, err := dial("tcp", m.Addresses[0], "")
	if err != nil {
		t.Fatal(err)
	}
	defer waits.Close()
	m.counted(t, "waited", m.counter(scoreboard.Waited), 1)
	if err := m.end(t); err != nil {
		t.Error(err)
	}
	for name, conn := range map[string]net.Conn{"queued": queued, "waiting": waits} {
		if _, status, err := finish(conn); status != 503 || err != nil {
			t.Errorf("%s: %d, %v", name, status, err)
		}
	}
	if m.counter(scoreboard.Discarded)() == 0 {
		t.Error("relayed pieces that died with the slot are not counted")
	}
}

package master

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
)

func hear[T comparable](t *testing.T, from <-chan T, want T) {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case got := <-from:
			if got == want {
				return
			}
		case <-deadline:
			t.Fatalf("never heard %+v", want)
		}
	}
}

func TestWorkerIsReplacedInItsSlot(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 3}, f.system(), nil)
	first, other := f.last("ioserver: worker 1"), f.last("ioserver: worker 2")
	if h := first.worker.hello; h.Role != fdpass.RoleWorker || h.Slot != 1 || h.Slots != 3 || h.Listeners[0] != m.Addresses[0] || h.IDKey == [16]byte{} {
		t.Errorf("hello: %+v", h)
	}
	first.Kill()
	m.journal.await(t, "worker serves", 4)
	second := f.last("ioserver: worker 1")
	h := second.worker.hello
	if second == first || h.Slot != 1 || h.Life <= first.worker.hello.Life || h.IDKey != first.worker.hello.IDKey || h.Node != first.worker.hello.Node {
		t.Errorf("the successor's hello: %+v", h)
	}
	if len(h.Peers) != 2 {
		t.Errorf("the successor's peers: %+v", h.Peers)
	}
	hear(t, other.worker.peers, fdpass.Peer{Slot: 1, Life: first.worker.hello.Life})
	hear(t, other.worker.peers, fdpass.Peer{Slot: 1, Life: h.Life, Up: true})
	m.journal.await(t, `msg="worker died" slot=1`, 1)
	if m.board.Slot(1).Respawns.Load() != 1 {
		t.Error("not counted")
	}
}

// A worker that dies at start is tried again at growing pauses, said once a try; the other slots serve meanwhile.
func TestWorkerDiesAtStart(t *testing.T) {
	f := &fakeSystem{t: t}
	f.dieAtStart.Store(2)
	f.refuse.Store(0)
	m := begin(t, Options{Workers: 1}, f.system(), nil)
	m.journal.await(t, "worker died", 2)
	for _, pause := range []string{"next=0s", "next=100ms"} {
		if n := strings.Count(m.journal.String(), pause); n != 1 {
			t.Errorf("%s is said %d times:\n%s", pause, n, m.journal)
		}
	}
}

func TestWorkerCannotBeStarted(t *testing.T) {
	f := &fakeSystem{t: t}
	f.refuse.Store(3)
	m := begin(t, Options{Workers: 2}, f.system(), nil)
	if n := strings.Count(m.journal.String(), "worker not started"); n != 3 {
		t.Errorf("said %d times:\n%s", n, m.journal)
	}
}

func TestBrokerIsReplaced(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 1, Embedded: marshal(t, map[string]int{"x": 1}), Bus: fdpass.Bus{Cluster: "c"}}, f.system(), nil)
	m.journal.await(t, "broker serves", 1)
	first, worker := f.last("ioserver: broker"), f.last("ioserver: worker 0").worker
	hello := first.worker.hello
	if hello.Role != fdpass.RoleBroker || string(hello.Config) != `{"x":1}` || len(hello.Bus.User) < 16 || len(hello.Bus.Password) < 16 || hello.Bus.Cluster != "c" {
		t.Errorf("hello: %+v", hello)
	}
	first.Kill()
	m.journal.await(t, "broker serves", 2)
	second := f.last("ioserver: broker").worker.hello
	if second.Bus.Password != hello.Bus.Password || len(second.Bus.URLs) != 1 || !strings.HasSuffix(second.Bus.URLs[0], ":1000") {
		t.Errorf("the successor's bus: %+v", second.Bus)
	}
	deadline := time.After(patience)
	for {
		select {
		case b := <-worker.buses:
			if b.Password != hello.Bus.Password || b.User != hello.Bus.User {
				t.Errorf("the worker's bus: %+v", b)
			}
			if b.URLs[0] == "nats://127.0.0.1:1002" {
				return
			}
		case <-deadline:
			t.Fatal("the worker never heard the new address")
		}
	}
}

func TestChildThatDoesNotListenIsKilled(t *testing.T) {
	f := &fakeSystem{t: t, deaf: true} // it stops listening at the first message
	m := begin(t, Options{Workers: 1}, f.system(), nil)
	m.journal.await(t, "worker serves", 1)
	stuck := f.last("ioserver: worker 0")
	m.run.post(func() {
		c := m.run.slots[0].child
		for range 10_000 {
			m.run.tell(c, fdpass.Peer{})
		}
	})
	if status := stuck.Wait(); status != "signal: killed" {
		t.Error(status)
	}
	m.journal.await(t, "does not listen", 1)
	m.journal.await(t, "worker serves", 2)
	<-stuck.worker.peers // it may end now
}

func TestChildEndsTheMaster(t *testing.T) {
	f := &fakeSystem{t: t}
	o := Options{Workers: 2, Worker: marshal(t, testConfig{FailAtStart: "no bus after 10s"})}
	m := begin(t, o, f.system(), func(*run) {})
	var exit *ExitError
	if err := m.wait(t); !errors.As(err, &exit) || exit.Code != 4 || exit.Error() != "no bus after 10s" {
		t.Errorf("ended with %v", err)
	}
}

// Once everything has served, a successor that cannot start is tried again.
func TestSuccessorThatFailsEndsNothing(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 2}, f.system(), nil)
	f.failAtStart.Store(1)
	f.last("ioserver: worker 0").Kill()
	m.journal.await(t, "child failed", 1)
	m.journal.await(t, "worker serves", 3)
}

func TestStopInOrder(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 2, Embedded: marshal(t, struct{}{})}, f.system(), nil)
	m.journal.await(t, "broker serves", 1)
	if err := m.end(t); err != nil {
		t.Error(err)
	}
	for _, p := range f.started {
		if status := p.Wait(); status != "exit status 0" {
			t.Errorf("%s: %s", p.title, status)
		}
	}
	if strings.Contains(m.journal.String(), "died") {
		t.Errorf("an ordered end is no death:\n%s", m.journal)
	}
}

func TestStopByForce(t *testing.T) {
	f := &fakeSystem{t: t}
	o := Options{Workers: 2, Embedded: marshal(t, struct{}{}), Worker: marshal(t, testConfig{IgnoreStop: true}), ShutdownTimeout: time.Second}
	m := begin(t, o, f.system(), nil)
	m.journal.await(t, "broker serves", 1)
	m.stop()
	m.journal.await(t, "stopping", 1)
	m.do(func() { m.run.stop.endAt = time.Now().Add(time.Hour) }) // the bus server shall need no force, however slow the machine is
	if err := m.wait(t); err != nil {
		t.Error(err)
	}
	for title, want := range map[string]string{"worker 0": "signal: killed", "worker 1": "signal: killed", "broker": "exit status 0"} {
		if status := f.last("ioserver: " + title).Wait(); status != want {
			t.Errorf("%s: %s", title, status)
		}
	}
	m.journal.await(t, "did not end in time", 2)
}

func TestKill(t *testing.T) {
	f := &fakeSystem{t: t}
	kill := make(chan struct{})
	m := begin(t, Options{Workers: 2, Worker: marshal(t, testConfig{IgnoreStop: true}), Kill: kill}, f.system(), nil)
	m.stop()
	m.journal.await(t, "stopping", 1)
	close(kill)
	if err := m.wait(t); !errors.Is(err, ErrKilled) {
		t.Errorf("ended with %v", err)
	}
	for _, p := range f.started {
		if status := p.Wait(); status != "signal: killed" {
			t.Errorf("%s: %s", p.title, status)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	for name, o := range map[string]Options{
		"no address":      {Workers: 1},
		"no workers":      {Listen: []string{":0"}},
		"257 workers":     {Listen: []string{":0"}, Workers: 257},
		"unknown balance": {Listen: []string{"127.0.0.1:0"}, Workers: 1, Balance: "x"},
		"bad address":     {Listen: []string{"127.0.0.1:0", "nonsense"}, Workers: 1},
	} {
		if err := Run(t.Context(), o); err == nil {
			t.Errorf("%s: ran", name)
		}
	}
}

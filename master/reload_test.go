package master

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
)

// reloadWith sends one, which run has dealt with when it returns.
func (m *running) reloadWith(t *testing.T, reloads chan<- Reload, r Reload) {
	t.Helper()
	select {
	case reloads <- r:
	case <-time.After(patience):
		t.Fatal("nobody takes the new configuration")
	}
	done := make(chan struct{})
	m.run.post(func() { close(done) })
	<-done
}

func TestReloadReachesChildrenAndSuccessors(t *testing.T) {
	f := &fakeSystem{t: t}
	reloads := make(chan Reload)
	m := begin(t, Options{Workers: 2, Worker: []byte(`{"N":1}`), Embedded: []byte(`{"B":1}`), Reload: reloads}, f.system(), nil)
	m.journal.await(t, "broker serves", 1)
	workers := []*fakeProcess{f.last("ioserver: worker 0"), f.last("ioserver: worker 1")}
	broker := f.last("ioserver: broker")

	m.reloadWith(t, reloads, Reload{Worker: []byte(`{"N":2}`), ShutdownTimeout: time.Hour})
	m.reloadWith(t, reloads, Reload{Embedded: []byte(`{"B":2}`)})
	for _, p := range workers {
		hear(t, p.worker.reloads, `{"N":2}`)
	}
	hear(t, broker.worker.reloads, `{"B":2}`)
	if m.run.options.ShutdownTimeout != time.Hour {
		t.Errorf("shutdown timeout %v", m.run.options.ShutdownTimeout)
	}
	workers[1].Kill()
	broker.Kill()
	m.journal.await(t, "worker serves", 3)
	m.journal.await(t, "broker serves", 2)
	if config := string(f.last("ioserver: worker 1").worker.hello.Config); config != `{"N":2}` {
		t.Errorf("the successor has %s", config)
	}
	if config := string(f.last("ioserver: broker").worker.hello.Config); config != `{"B":2}` {
		t.Errorf("the broker's successor has %s", config)
	}
	if len(workers[0].worker.reloads) > 0 {
		t.Error("what is empty was sent")
	}
	m.reloadWith(t, reloads, Reload{ShutdownTimeout: DefaultShutdownTimeout})
	close(reloads) // nothing more comes, and nothing ends
	if _, status, err := m.ask(t, ""); status != 200 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
}

// A configuration that could not be sent stays out, at the start and later.
func TestUnsendableConfigIsRefused(t *testing.T) {
	f := &fakeSystem{t: t}
	reloads := make(chan Reload)
	m := begin(t, Options{Workers: 1, Worker: []byte(`{"N":1}`), Reload: reloads}, f.system(), nil)
	long, err := json.Marshal(strings.Repeat("x", maxConfig))
	if err != nil {
		t.Fatal(err)
	}
	escaped := []byte(`"` + strings.Repeat("&", maxConfig/2) + `"`) // six bytes each on their way
	for i, config := range []json.RawMessage{long, escaped, []byte(`{"N":`)} {
		m.reloadWith(t, reloads, Reload{Worker: config, ShutdownTimeout: time.Hour})
		m.journal.await(t, "configuration stays as it was", i+1)
		if err := Run(t.Context(), Options{Listen: []string{"127.0.0.1:0"}, Workers: 1, Worker: config}); err == nil || !strings.Contains(err.Error(), "configuration") {
			t.Errorf("started with configuration %d: %v", i, err)
		}
	}
	m.reloadWith(t, reloads, Reload{Embedded: []byte(`{}`)}) // there is no such child, now or later
	f.last("ioserver: worker 0").Kill()
	m.journal.await(t, "worker serves", 2)
	if config := string(f.last("ioserver: worker 0").worker.hello.Config); config != `{"N":1}` {
		t.Errorf("the successor has %s", config)
	}
	if m.run.options.ShutdownTimeout != DefaultShutdownTimeout {
		t.Error("half of it was taken")
	}
}

// The largest configuration that is taken is one that a child can be sent, with all the neighbours that it may have.
func TestLargestConfigIsSent(t *testing.T) {
	config := []byte(`"` + strings.Repeat("x", maxConfig-2) + `"`)
	if err := checkConfig(config); err != nil {
		t.Fatal(err)
	}
	if err := checkConfig(append(config, ' ')); err != nil { // spaces do not travel
		t.Error(err)
	}
	ours, theirs, err := fdpass.Pair()
	if err != nil {
		t.Fatal(err)
	}
	master, child := fdpass.NewControl(ours), fdpass.NewControl(theirs)
	defer master.Close()
	defer child.Close()
	hello := fdpass.Hello{Magic: fdpass.Magic, Role: fdpass.RoleWorker, Slots: MaxWorkers, Config: config}
	for i := range MaxWorkers {
		hello.Peers = append(hello.Peers, fdpass.Peer{Slot: i, Life: 1 << 60, Up: true})
	}
	for i := range 100 {
		hello.Listeners = append(hello.Listeners, "unix:/run/"+strings.Repeat("x", 90)+strconv.Itoa(i))
	}
	for _, m := range []any{hello, fdpass.Reload{Config: config}} {
		if err := master.Send(m); err != nil {
			t.Fatal(err)
		}
		if _, err := child.Receive(); err != nil {
			t.Error(err)
		}
	}
}

package master

import (
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass"
	"github.com/ioserver/ioserver/fdpass/scoreboard"
)

// draws gives a master its numbers, and the last one for ever.
func draws(numbers ...uint16) func(*run) {
	return func(r *run) {
		r.drawNode = func() uint16 {
			n := numbers[0]
			if len(numbers) > 1 {
				numbers = numbers[1:]
			}
			return n
		}
	}
}

const settled = `msg="another machine of the cluster has this one's number`

// say has the newest worker of each slot say that the machine's number is taken.
func (f *fakeSystem) say(t *testing.T, m fdpass.NodeTaken, titles ...string) {
	t.Helper()
	for _, title := range titles {
		if err := f.last("ioserver: " + title).worker.control.Send(m); err != nil {
			t.Fatal(err)
		}
	}
}

// Whose number another machine has takes one that is neither its own nor the other's, and its workers are replaced one after another: each
// successor finds the other slots served.
func TestNodeTaken(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 3}, f.system(), draws(7, 7, 9))
	titles := []string{"worker 0", "worker 1", "worker 2"}
	var first []fdpass.Hello
	for _, title := range titles {
		first = append(first, f.last("ioserver: "+title).worker.hello)
	}
	f.say(t, fdpass.NodeTaken{Node: 7, Boot: 1, Host: "elsewhere"}, titles...)
	m.journal.await(t, "worker serves", 6)
	for i, title := range titles {
		was, h := first[i], f.last("ioserver: "+title).worker.hello
		if was.Node != 7 || h.Node != 9 || h.Life <= was.Life || h.IDKey != was.IDKey {
			t.Errorf("%s had number %d in life %d, now %d in %d", title, was.Node, was.Life, h.Node, h.Life)
		}
		if h.Boot == 0 || h.Boot != was.Boot || h.Began.IsZero() || !h.Began.Equal(was.Began) {
			t.Errorf("%s: boot %d, began %v", title, h.Boot, h.Began)
		}
		if len(h.Peers) != 2 {
			t.Errorf("%s was replaced while only these served: %v", title, h.Peers)
		}
		if m.board.Slot(i).Respawns.Load() != 0 {
			t.Errorf("%s: counted as a death", title)
		}
	}
	log := m.journal.String()
	if strings.Count(log, settled) != 1 || !strings.Contains(log, "number=7 host=elsewhere now=9") || strings.Contains(log, "died") {
		t.Errorf("journal:\n%s", log)
	}
	if n := m.board.Master().Counters[scoreboard.NodeChanges].Load(); n != 1 {
		t.Errorf("%d changes counted", n)
	}
}

// What is of an older number, or of this machine itself, changes nothing.
func TestNodeTakenIsOld(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 1}, f.system(), draws(7, 9, 11))
	boot := f.last("ioserver: worker 0").worker.hello.Boot
	f.say(t, fdpass.NodeTaken{Node: 8, Boot: 1}, "worker 0")
	f.say(t, fdpass.NodeTaken{Node: 7, Boot: boot}, "worker 0")
	f.say(t, fdpass.NodeTaken{Node: 7, Boot: 1}, "worker 0")
	m.journal.await(t, "worker serves", 2)
	f.say(t, fdpass.NodeTaken{Node: 7, Boot: 1}, "worker 0")
	f.say(t, fdpass.NodeTaken{Node: 9, Boot: 2}, "worker 0") // of a third machine
	m.journal.await(t, "worker serves", 3)
	if n := strings.Count(m.journal.String(), settled); n != 2 {
		t.Errorf("settled %d times", n)
	}
}

// A worker that does not end in time is killed, and a successor that dies at start is tried again before the next one's turn.
func TestReplacingGoesOn(t *testing.T) {
	f := &fakeSystem{t: t}
	o := Options{Workers: 2, Worker: marshal(t, testConfig{IgnoreStop: true}), ShutdownTimeout: 100 * time.Millisecond}
	m := begin(t, o, f.system(), func(r *run) {
		draws(7, 9)(r)
		r.replaceBounds = replaceBounds{time.Millisecond, time.Millisecond}
	})
	f.dieAtStart.Store(2)
	f.say(t, fdpass.NodeTaken{Node: 7, Boot: 1}, "worker 0")
	m.journal.await(t, "worker serves", 4)
	m.journal.await(t, "did not end in time", 2)
	log := m.journal.String()
	if last := strings.LastIndex(log, "worker died"); last > strings.LastIndex(log, "did not end in time") {
		t.Errorf("the second was replaced before the first had a successor:\n%s", log)
	}
	for _, title := range []string{"worker 0", "worker 1"} {
		if h := f.last("ioserver: " + title).worker.hello; h.Node != 9 {
			t.Errorf("%s has number %d", title, h.Node)
		}
	}
}

// A worker that starts with the old number is replaced once it serves.
func TestReplacesWhoStartsMeanwhile(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 2}, f.system(), draws(7, 9))
	f.last("ioserver: worker 1").Kill()
	f.say(t, fdpass.NodeTaken{Node: 7, Boot: 1}, "worker 0")
	hasNumber := func(slot int) bool {
		number := make(chan uint16, 1)
		m.run.post(func() {
			if s := m.run.slots[slot]; s.ready() {
				number <- s.child.node
			} else {
				number <- 7
			}
		})
		select {
		case n := <-number:
			return n == 9
		case <-m.run.over:
			return false
		}
	}
	serves := 3 // and one more for each that is replaced
	for deadline := time.Now().Add(patience); !hasNumber(0) || !hasNumber(1); serves++ {
		if time.Now().After(deadline) {
			t.Fatal("not replaced")
		}
		m.journal.await(t, "worker serves", serves)
	}
}

// The end does not wait for replacements.
func TestStopWhileReplacing(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 3}, f.system(), draws(7, 9))
	f.say(t, fdpass.NodeTaken{Node: 7, Boot: 1}, "worker 2")
	m.journal.await(t, settled, 1)
	if err := m.end(t); err != nil {
		t.Error(err)
	}
}

// Two masters do not agree on anything but by chance.
func TestBootsDiffer(t *testing.T) {
	var boots [2]uint64
	for i := range boots {
		f := &fakeSystem{t: t}
		m := begin(t, Options{Workers: 1}, f.system(), nil)
		boots[i] = f.last("ioserver: worker 0").worker.hello.Boot
		if err := m.end(t); err != nil {
			t.Error(err)
		}
	}
	if boots[0] == boots[1] || boots[0] == 0 || boots[1] == 0 {
		t.Errorf("boots %v", boots)
	}
}

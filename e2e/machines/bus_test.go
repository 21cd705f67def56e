package machines

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// TestStrangersOnTheBus: on the NATS servers of one cluster there is another one,
// of another name, and somebody who publishes on all subjects of the first what
// does not parse. The one cluster sees nothing of the other; what does not parse
// is dropped and counted; and nobody notices.
func TestStrangersOnTheBus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everyServer)
	other := runOn(t, machine(t, w.Network, "x"), "--nats="+w.nats[0].url(), "--cluster=another")
	tap := listenIn(t, w.nats[0])
	all := gather(t, w.Network, w.hosts...)
	official := gatherOfficial(t, w.Network, allWays, w.hosts...)
	theirs := connect(t, w.Network, other, websocket, 100)
	joins(t, theirs, "room 0")
	s := speak(t, each(w, all), 50*time.Millisecond)
	hear(t, all, 20)
	// A poll that waits at another machine makes them speak about requests, too.
	sid := w.hosts[0].session()
	for _, h := range w.hosts[1:] {
		h.request(within(t, patience), "POST", sid, "40")
	}

	messages := tap.babble(t)
	t.Logf("%d messages that do not parse, on %d subjects", messages, len(tap.heard()))
	for _, m := range []struct{ name, label string }{
		{"ioserver_bus_errors_total", `reason="malformed"`},
		{"ioserver_roster_errors_total", `reason="malformed"`},
		{"ioserver_relay_frames_dropped_total", `reason="malformed"`},
	} {
		await.Eventually(t, patience, "what does not parse is counted", func() (bool, string) {
			n := 0
			for _, h := range w.hosts {
				n += h.metric(m.name, m.label)
			}
			return n > 100, fmt.Sprint(m.name, " ", n)
		})
	}
	hear(t, all, 20)
	official.hear(10, 0, 1, 2)
	if err := crowd.Say(within(t, patience), theirs.Client, "another cluster", 1); err != nil {
		t.Fatal(err)
	}
	hear(t, all, 20)
	said := s.End()
	heardAll(t, all, said)
	official.end()
	for _, m := range all {
		if m.Heard(closed, "another cluster", 1) {
			t.Errorf("%v of %s hears the other cluster", m.Kind(), m.host.Name)
		}
	}
	if n := theirs.Total(); n != 1 {
		t.Errorf("a client of the other cluster hears %d, beside itself", n-1)
	}
	together(t, w.hosts...)
	other.awaitStatus("it is alone", func(s status) bool { return len(s.Nodes) == 1 })
}

// closed is over.
var closed = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// tap hears what the cluster's workers say to each other.
type tap struct {
	*nats.Conn
	mu     sync.Mutex
	frames map[string][]byte // one of each subject
}

func listenIn(t *testing.T, s *natsServer) *tap {
	t.Helper()
	nc, err := nats.Connect(s.url())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	p := &tap{Conn: nc, frames: make(map[string][]byte)}
	_, err = nc.Subscribe("_ioserver.default.>", func(m *nats.Msg) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.frames[m.Subject] = m.Data
	})
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *tap) heard() map[string][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make(map[string][]byte)
	for subject, frame := range p.frames {
		all[subject] = frame
	}
	return all
}

// babble publishes on each subject that was heard what does not parse: noise,
// beginnings of frames, and such of another version.
func (p *tap) babble(t *testing.T) (messages int) {
	t.Helper()
	for subject, frame := range p.heard() {
		head := min(len(frame), 14) // what is cut later can be a shorter message
		var all [][]byte
		for n := range head {
			all = append(all, frame[:n])
		}
		for range 50 {
			noise := make([]byte, rand.N(4096))
			for i := range noise {
				noise[i] = byte(rand.Int())
			}
			if len(noise) > 0 {
				noise[0] = 255 // no version
			}
			all = append(all, noise)
		}
		for _, data := range append(all, make([]byte, 1<<20-1), append([]byte{0}, frame...)) {
			if err := p.Publish(subject, data); err != nil {
				t.Fatal(err)
			}
			messages++
		}
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	return messages
}

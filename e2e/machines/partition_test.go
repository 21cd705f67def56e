package machines

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// Clients hear of an end late enough for a cut to heal before, and sessions
// without a client end soon enough for a test to see it.
var pings = []string{"--ping-interval=10s", "--ping-timeout=30s"}

// TestMachineCutOff cuts one machine off: until the others have forgotten it, and
// for so long that its connections to NATS are given up too. When its cable is
// mended they find each other, what was said on either side meanwhile reaches
// everybody, once and in order, and nobody is there who is not.
func TestMachineCutOff(t *testing.T) {
	for name, givenUp := range map[string]string{"short": "", "long": "nats connection lost, connecting again"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cutOff(t, newWorld(t, everyServer, pings...), givenUp)
		})
	}
}

// cutOff cuts until the third host logs what is given, if anything is.
func cutOff(t *testing.T, w *world, givenUp string) {
	t.Helper()
	away := w.hosts[2]
	all := gather(t, w.Network, w.hosts...)
	moves := connect(t, w.Network, away, websocket, 100)
	joins(t, moves, "room")
	s := speak(t, each(w, all), 50*time.Millisecond)
	hear(t, all, 30)

	if err := away.Cut(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	moves.Close() // which its server does not hear of
	moved := connect(t, w.Network, w.hosts[0], websocket, 101)
	joins(t, moved, "room")
	for _, h := range w.hosts[:2] {
		h.awaitStatus("one machine is gone", func(s status) bool { return len(s.Nodes) == 2 && s.serving() == 2*workers })
	}
	t.Logf("forgotten %v after its cable was cut", time.Since(began).Round(100*time.Millisecond))
	if givenUp != "" {
		if _, err := away.Await(patience, func(l node.Line) bool { return l.Says(givenUp) }); err != nil {
			t.Fatal(err)
		}
		t.Logf("its connections are given up after %v", time.Since(began).Round(100*time.Millisecond))
	}
	hear(t, all[:2*len(crowd.Kinds())], 30)

	if err := away.Mend(); err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	together(t, w.hosts...)
	hear(t, all, 30)
	t.Logf("together %v after it was mended", time.Since(began).Round(100*time.Millisecond))
	heardAll(t, all, s.End())
	noGhosts(t, w, moved, len(all)+1)
}

// noGhosts has every host speak to a room once, which the client that has moved
// hears once, and counts who is there.
func noGhosts(t *testing.T, w *world, moved *member, clients int) {
	t.Helper()
	for _, h := range w.hosts {
		speaker := connect(t, w.Network, h, websocket, 102)
		tells(t, speaker, "room", h.Name, 1)
		if !moved.Heard(within(t, patience).Done(), h.Name, 1) {
			t.Errorf("what %s says to the room is lost", h.Name)
		}
		speaker.Close()
	}
	for _, f := range moved.Faults() {
		t.Error(f)
	}
	for _, h := range w.hosts {
		h.awaitStatus("only sessions of clients that are there", func(s status) bool { return s.sessions() == clients })
	}
}

// TestNATSServerCutOff cuts a NATS server off: the workers that were connected
// to it find another, and nobody misses anything.
func TestNATSServerCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, ownServer, pings...)
	all := gather(t, w.Network, w.hosts...)
	s := speak(t, each(w, all), 50*time.Millisecond)
	hear(t, all, 30)
	lost := w.nats[1]
	if err := lost.Cut(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for _, h := range w.hosts {
		h.awaitStatus("all workers are on the two NATS servers that are left", func(s status) bool {
			return len(s.Nodes) == len(w.hosts) && s.serving() == workers*len(w.hosts) && s.servers() == 2
		})
	}
	hear(t, all, 30)
	t.Logf("together %v after a NATS server was cut off", time.Since(began).Round(100*time.Millisecond))
	if err := lost.Mend(); err != nil {
		t.Fatal(err)
	}
	for _, nats := range w.nats {
		nats.routed(len(w.nats) - 1)
	}
	hear(t, all, 30)
	heardAll(t, all, s.End())
	together(t, w.hosts...)
}

func joins(t *testing.T, m *member, room string) {
	t.Helper()
	if _, err := m.Ask(within(t, patience), "join", room); err != nil {
		t.Fatal(err)
	}
}

// tells has the member's server tell a room a number.
func tells(t *testing.T, m *member, room, sender string, number int) {
	t.Helper()
	to := map[string]any{"from": "server", "rooms": []string{room}}
	if _, err := m.Ask(within(t, patience), "broadcast", to, crowd.Numbers, sender, number); err != nil {
		t.Fatal(err)
	}
}

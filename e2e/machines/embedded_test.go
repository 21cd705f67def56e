package machines

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
	"github.com/ioserver/ioserver/e2e/driver"
	"github.com/ioserver/ioserver/e2e/machines/network"
)

// clusterPort is where the hosts' own NATS servers meet.
const clusterPort = 6222

func secretFile(t *testing.T, secret string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// peering are the flags with which a host joins others.
func peering(secret string, others ...*network.Machine) []string {
	flags := []string{fmt.Sprintf("--cluster-listen=:%d", clusterPort), "--cluster-secret-file=" + secret}
	for _, m := range others {
		flags = append(flags, fmt.Sprintf("--cluster-join=%s:%d", m.Addr, clusterPort))
	}
	return flags
}

// newEmbeddedWorld is three hosts that run one and the same command, started in
// this order.
func newEmbeddedWorld(t *testing.T, secret string, order [3]int, flags ...string) *world {
	t.Helper()
	w := &world{Network: newNetwork(t), hosts: make([]*host, 3)}
	var all []*network.Machine
	for _, name := range []string{"a", "b", "c"} {
		all = append(all, machine(t, w.Network, name))
	}
	for _, i := range order {
		w.hosts[i] = runOn(t, all[i], append(peering(secret, all...), flags...)...)
	}
	together(t, w.hosts...)
	for _, h := range w.hosts {
		h.routed(2)
	}
	return w
}

// routed waits until the host's server is connected to so many others, by its
// metrics.
func (h *host) routed(others int) {
	h.t.Helper()
	want := fmt.Sprintf("\nioserver_broker_routes %d\n", others)
	await.Eventually(h.t, patience, h.Name+" is connected to the others", func() (bool, string) {
		b, err := h.ask("/metrics")
		return err == nil && strings.Contains(string(b), want), fmt.Sprintf("not so: %v", err)
	})
}

// TestOneBinaryIsACluster: whoever starts first, three machines with one command
// each serve as one.
func TestOneBinaryIsACluster(t *testing.T) {
	for _, order := range [][3]int{{0, 1, 2}, {2, 0, 1}, {1, 2, 0}} {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			t.Parallel()
			w := newEmbeddedWorld(t, secretFile(t, "a secret of three machines"), order)
			all := gather(t, w.Network, w.hosts...)
			s := speak(t, each(w, all), 20*time.Millisecond)
			hear(t, all, 100)
			heardAll(t, all, s.End())
			inRoom := all[len(all)-1]
			joins(t, inRoom, "room")
			for i, speaker := range each(w, all) {
				tells(t, speaker, "room", fmt.Sprint("in the room ", i), 1)
				if !inRoom.Heard(within(t, patience).Done(), fmt.Sprint("in the room ", i), 1) {
					t.Errorf("what %s says to the room is lost", speaker.host.Name)
				}
			}
		})
	}
}

// TestOfficialClientsOnOneBinary is TestOfficialClientsOnThreeMachines without a
// NATS server of anybody else's.
func TestOfficialClientsOnOneBinary(t *testing.T) {
	t.Parallel()
	w := newEmbeddedWorld(t, secretFile(t, "a secret of three machines"), [3]int{2, 1, 0})
	urls, addresses := w.clients()
	var outcome struct{ Results []driver.Result }
	input := map[string]any{"urls": urls, "addresses": addresses}
	if err := driver.Run(within(t, talkTime), ".", "talk.mjs", input, &outcome); err != nil {
		t.Fatal(err)
	}
	driver.Report(t, outcome.Results)
}

// TestMachineLostAndAdded: one machine of three loses its power, one that knows
// only one of the others is added, and the lost one comes back. Those that stay
// hear everything throughout, once and in order.
func TestMachineLostAndAdded(t *testing.T) {
	t.Parallel()
	secret := secretFile(t, "a secret of three machines")
	w := newEmbeddedWorld(t, secret, [3]int{0, 1, 2}, pings...)
	stay, lost := w.hosts[:2], w.hosts[2]
	all := gather(t, w.Network, stay...)
	victim := connect(t, w.Network, lost, websocket, 50)
	official := gatherOfficial(t, w.Network, allWays, stay...)
	s := speak(t, []*member{all[0], all[len(crowd.Kinds())]}, 20*time.Millisecond)
	hear(t, append(all, victim), 50)

	if err := lost.Cut(); err != nil { // nobody is told
		t.Fatal(err)
	}
	victim.Close()
	if err := lost.Kill(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	together(t, stay...)
	t.Logf("forgotten after %v", time.Since(began).Round(100*time.Millisecond))
	hear(t, all, 50)

	added := runOn(t, machine(t, w.Network, "d"), append(peering(secret, stay[1].Machine), pings...)...)
	together(t, stay[0], stay[1], added)
	there := connect(t, w.Network, added, websocket, 51)
	hear(t, append(all, there), 50)

	if err := lost.Mend(); err != nil {
		t.Fatal(err)
	}
	back := runOn(t, lost.Machine, append(peering(secret, stay[0].Machine), pings...)...)
	together(t, stay[0], stay[1], added, back)
	for _, h := range []*host{stay[0], stay[1], added, back} {
		h.routed(3)
	}
	again := connect(t, w.Network, back, websocket, 52)
	hear(t, append(all, there, again), 50)
	official.hear(10, 0, 1)
	heardAll(t, all, s.End())
	official.end()
	for _, m := range []*member{there, again} {
		for _, f := range append(m.Faults(), m.Skipped()...) {
			t.Errorf("%s: %s", m.host.Name, f)
		}
	}
}

// TestMachineOfOneBinaryCutOff is TestMachineCutOff without a NATS server of
// anybody else's.
func TestMachineOfOneBinaryCutOff(t *testing.T) {
	for name, givenUp := range map[string]string{"short": "", "long": "a server is gone"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEmbeddedWorld(t, secretFile(t, "a secret of three machines"), [3]int{1, 2, 0}, pings...)
			cutOff(t, w, givenUp)
			for _, h := range w.hosts {
				h.routed(2)
			}
		})
	}
}

// TestJoinHereThenPublishThereOnOneBinary is TestJoinHereThenPublishThereAtOnce
// likewise.
func TestJoinHereThenPublishThereOnOneBinary(t *testing.T) {
	t.Parallel()
	joinHerePublishThere(t, newEmbeddedWorld(t, secretFile(t, "a secret of three machines"), [3]int{2, 1, 0}))
}

// TestBrokersKilledOneAfterAnother: each is started again and joins the others
// again. Nobody is disconnected, and nothing is lost.
func TestBrokersKilledOneAfterAnother(t *testing.T) {
	t.Parallel()
	w := newEmbeddedWorld(t, secretFile(t, "a secret of three machines"), [3]int{0, 1, 2})
	all := gather(t, w.Network, w.hosts...)
	s := speak(t, each(w, all), 20*time.Millisecond)
	c := gatherOfficial(t, w.Network, allWays, w.hosts...)
	hear(t, all, 50)
	for _, h := range w.hosts {
		took, err := h.KillBroker(patience)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range w.hosts {
			h.routed(2)
		}
		t.Logf("serves again after %v", took)
		hear(t, all, 50)
		c.hear(10, 0, 1, 2)
	}
	heardAll(t, all, s.End())
	c.end()
	together(t, w.hosts...)
}

// TestMachineWithAnotherSecret is told apart, and told so.
func TestMachineWithAnotherSecret(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	a := machine(t, n, "a")
	first := runOn(t, a, peering(secretFile(t, "a secret of three machines"))...)
	stranger := runOn(t, machine(t, n, "x"), peering(secretFile(t, "a secret of somebody else's"), a)...)
	for _, c := range []struct {
		h          *host
		text, peer string
	}{{first, "its cluster secret is not ours", stranger.Machine.Addr}, {stranger, "it refuses our cluster secret", a.Addr}} {
		_, err := c.h.Await(patience, func(l node.Line) bool {
			peer, _ := l.Fields["peer"].(string)
			return strings.Contains(l.Text, c.text) && strings.HasPrefix(peer, c.peer+":")
		})
		if err != nil {
			t.Errorf("%s does not say so: %v", c.h.Name, err)
		}
	}
	together(t, first)
	together(t, stranger)
}

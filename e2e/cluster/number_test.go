package cluster

import (
	"fmt"
	"testing"
	"time"

	bus "github.com/ioserver/ioserver/broker"
	"github.com/ioserver/ioserver/broker/roster"
	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// join has the test be a worker of a machine of its own among those that share
// a NATS server, until the test's end.
func join(t *testing.T, nats string, n roster.Node) *roster.Roster {
	t.Helper()
	b, err := bus.ConnectNATS(bus.NATSOptions{Servers: []string{nats}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	r, err := roster.New(b, roster.Options{Cluster: "ours", Self: roster.Member{Node: n, Life: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// numbers are the node numbers of a server's workers, by slot, as they are heard.
func numbers(r *roster.Roster, host string) map[uint8]uint16 {
	all := make(map[uint8]uint16)
	for _, m := range r.Members() {
		if m.Name != "observer" && m.Name != host {
			all[m.Slot] = m.ID
		}
	}
	return all
}

// TestTwoNodesWithOneNumber has a machine appear that has the server's number in
// the cluster and began earlier. The server says so once, takes another number
// and replaces its workers one after another; their clients come back at once and
// hear each other.
func TestTwoNodesWithOneNumber(t *testing.T) {
	t.Parallel()
	const slots = 3
	nats, _ := runNATS(t, "127.0.0.1:0")
	n := serve(t, "--nats="+nats, fmt.Sprintf("--workers=%d", slots), "--cluster=ours")
	watch := join(t, nats, roster.Node{ID: 1, Boot: 1, Began: time.Unix(1, 0), Key: [16]byte{1}, Slots: 1, Name: "observer"})
	const impostor = "of the same number"
	await.Eventually(t, patience, "the workers are heard", func() (bool, string) {
		all := numbers(watch, impostor)
		return len(all) == slots, fmt.Sprint(all)
	})
	number := numbers(watch, impostor)[0]
	all := gather(t, n, 12, func(o *crowd.Options) { o.Returns = true })
	join(t, nats, roster.Node{ID: number, Boot: 2, Began: time.Unix(2, 0), Key: [16]byte{2}, Slots: 1, Name: impostor})
	await.Eventually(t, patience, "all workers have another number", func() (bool, string) {
		now := numbers(watch, impostor)
		ok := len(now) == slots
		for _, id := range now {
			ok = ok && id != number && id == now[0]
		}
		return ok, fmt.Sprint(now)
	})
	var longest time.Duration
	for i, m := range all {
		await.Eventually(t, patience, "clients come back", func() (bool, string) {
			return m.Joins() >= 2, fmt.Sprintf("client %d joined %d times", i, m.Joins())
		})
		if err := m.Joined(within(t, patience)); err != nil {
			t.Error(err)
		}
		longest = max(longest, m.LongestAbsence())
	}
	t.Logf("number %d became %d; the longest absence of a client was %v", number, numbers(watch, impostor)[0], longest)
	if err := crowd.Say(within(t, patience), all[0].Client, "again", 1); err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if !m.Heard(within(t, patience).Done(), "again", 1) {
			t.Errorf("%v from %s does not hear the others", m.Kind(), m.From())
		}
	}
	if said := n.Lines(func(l node.Line) bool {
		return l.Says("another machine of the cluster has this one's number: taking another, and replacing the workers one after another")
	}); len(said) != 1 || said[0].Fields["host"] != impostor || said[0].Int("number") != int(number) {
		t.Errorf("said %v", said)
	}
	if died := n.Lines(func(l node.Line) bool { return l.Says("worker died") }); len(died) > 0 {
		t.Errorf("a replacement is no death: %v", died)
	}
}

// TestNumberIsKept has a machine appear that has the server's number, and began
// later: it is for that one to give way. The server goes on as it was.
func TestNumberIsKept(t *testing.T) {
	t.Parallel()
	nats, _ := runNATS(t, "127.0.0.1:0")
	n := serve(t, "--nats="+nats, "--workers=2", "--cluster=ours")
	watch := join(t, nats, roster.Node{ID: 1, Boot: 1, Began: time.Unix(1, 0), Key: [16]byte{1}, Slots: 1, Name: "observer"})
	const late = "of the same number"
	await.Eventually(t, patience, "the workers are heard", func() (bool, string) {
		all := numbers(watch, late)
		return len(all) == 2, fmt.Sprint(all)
	})
	number := numbers(watch, late)[0]
	all := gather(t, n, 8, nil)
	twin := join(t, nats, roster.Node{ID: number, Boot: 2, Began: time.Now().Add(time.Hour), Key: [16]byte{2}, Slots: 1, Name: late})
	await.Eventually(t, patience, "both hear each other", func() (bool, string) {
		heard := len(twin.Members())
		return heard == 4, fmt.Sprint(heard) // itself, the observer and two workers
	})
	if err := crowd.Say(within(t, patience), all[0].Client, "still", 1); err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if !m.Heard(within(t, patience).Done(), "still", 1) {
			t.Errorf("%v from %s does not hear the others", m.Kind(), m.From())
		}
		if m.Joins() != 1 {
			t.Errorf("%v from %s joined %d times", m.Kind(), m.From(), m.Joins())
		}
	}
	for slot, id := range numbers(watch, late) {
		if id != number {
			t.Errorf("slot %d has number %d, was %d", slot, id, number)
		}
	}
	if said := n.Lines(func(l node.Line) bool { return l.Says("another machine of the cluster has this one's number") }); len(said) != 0 {
		t.Errorf("said %v", said)
	}
}

package worker_test

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/fdpass/turnstile"
)

// countingNodes are two machines that note what becomes of their connections.
func countingNodes(t *testing.T) (n *nodes, carrier, home *counted) {
	t.Helper()
	n = &nodes{t: t, nats: newNATS(t), a: begin(t), b: begin(t)}
	n.b.node, n.b.boot, n.b.key = 8, 2, [16]byte{8, 8, 8}
	n.tap = listenIn(t, n.nats.bus)
	for _, m := range []*neighbours{n.a, n.b} {
		var err error
		if m.turnstile, err = turnstile.New(len(m.slots)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = m.turnstile.Close() })
		n.serve(m, 0)
	}
	n.acquainted()
	return n, &counted{neighbours: n.a, others: true}, &counted{neighbours: n.b, others: true}
}

// What another machine's session has here counts here and nowhere else, from when it comes until it goes, whoever ends it.
func TestConnectionsOfOtherNodesAreCounted(t *testing.T) {
	n, carrier, home := countingNodes(t)
	poller := home.visit(0, time.Now())
	query := poller.open()
	home.holding("polling", 1)

	far := carrier.visit(0, time.Now())
	far.request("POST", query, "40")
	far.expect(200, "ok")
	carrier.holding("relayed", 1)
	_ = far.Close()
	carrier.holding("relayed, closed", 0)

	for range 3 { // the session goes on polling after each
		socket := carrier.visit(0, time.Now())
		socket.upgrade(query)
		carrier.holding("carried", 1)
		_ = socket.Close()
		carrier.holding("carried, closed", 0)
	}
	carrier.visit(0, time.Now()).upgrade(query)
	carrier.holding("carried", 1)
	home.holding("served", 1)
	n.b.stop(0)
	carrier.holding("carried to one that ended", 0)
	home.holding("ended", 0)
	if carrier.taken[0] != 5 || home.taken[0] != 1 {
		t.Errorf("taken %v there, %v at home", carrier.taken, home.taken)
	}
}

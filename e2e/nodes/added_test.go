package nodes

import (
	"fmt"
	"sync"
	"testing"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// with puts a server in.
func (f *front) with(server string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.servers = append(f.servers, server)
}

// pollers are the kinds whose every request goes through the front's turn.
func pollers() (kinds []crowd.Kind) {
	for _, k := range crowd.Kinds() {
		if k.Transport == crowd.Polling {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

// TestNodesAdded adds servers under traffic, each to the front's turn as soon as it
// serves. Sessions of those that were there go on through the new one, which has
// only just heard of them; and its own sessions through the others.
func TestNodesAdded(t *testing.T) {
	nats, kinds := runNATS(t), pollers()
	add := func() string {
		n, err := node.Start(program, nil, "--nats="+nats, fmt.Sprintf("--workers=%d", workers))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := n.Stop(); err != nil {
				t.Error(err)
			}
			if t.Failed() {
				t.Logf("log of %s:\n%s", n.Addr, n.Log())
			}
		})
		return n.Addr
	}
	f := newFront(t, add())
	var members []*member
	come := func() {
		for range 12 {
			i := len(members)
			members = append(members, join(t, f, kinds[i%len(kinds)], address(i)))
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	come()
	speakers, there := members[:6], members[:12]
	var s said
	var talk sync.WaitGroup
	talk.Go(func() { s = speak(t, speakers, 100) })
	for range 3 {
		f.with(add())
		come()
	}
	talk.Wait()
	s.heard(t, there)
	pids := make(map[int]bool)
	for _, m := range members {
		pids[m.PID] = true
		if ends := m.Ends(); len(ends) > 0 {
			t.Errorf("%v %s: %v", m.Kind(), m.From(), ends)
		}
		m.Close()
	}
	if len(pids) <= workers {
		t.Errorf("only these workers hold sessions: %v", pids)
	}
}

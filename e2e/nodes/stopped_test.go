package nodes

import "testing"

// TestServerStopped ends a server in order while clients of all kinds talk
// through a front that knows of no sessions. Besides its own sessions it has
// carried others', polls and WebSockets: all come back, and who was not there
// notices nothing.
func TestServerStopped(t *testing.T) {
	nodes := serve(t, 3, workers)
	var addrs []string
	for _, n := range nodes {
		addrs = append(addrs, n.Addr)
	}
	leaves := nodes[2]
	elsewhere := gather(t, newFront(t, addrs[:2]...), 40)
	f := newFront(t, addrs...)
	members := gather(t, f, 60)
	f.without(leaves.Addr)
	if err := leaves.Stop(); err != nil {
		t.Fatal(err)
	}
	if leaves.Sum("tunnels") == 0 || leaves.Sum("relayed_to_nodes") == 0 {
		t.Error("it has carried nothing")
	}
	for _, m := range members {
		if err := m.Joined(within(t, patience)); err != nil {
			t.Errorf("%v %s does not come back: %v; %v", m.Kind(), m.From(), err, m.Ends())
		}
	}
	speak(t, append(members[:5:5], elsewhere[:5]...), 10).heard(t, append(members, elsewhere...))
	for _, m := range elsewhere {
		if ends := m.Ends(); len(ends) > 0 {
			t.Errorf("%v %s: %v", m.Kind(), m.From(), ends)
		}
	}
}

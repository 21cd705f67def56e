package nodes

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/driver"
)

const workers = 2

func TestRoundRobin(t *testing.T) {
	for _, servers := range []int{2, 4} {
		t.Run(fmt.Sprintf("%d servers", servers), func(t *testing.T) {
			nodes := serve(t, servers, workers)
			var addrs []string
			for _, n := range nodes {
				addrs = append(addrs, n.Addr)
			}
			members := gather(t, newFront(t, addrs...), 200)
			began := time.Now()
			s := speak(t, members[:20], 10)
			s.heard(t, members)
			t.Logf("%d messages to %d clients in %v", 20*10, len(members), time.Since(began))
			pids := make(map[int]int)
			for _, m := range members {
				pids[m.PID]++
				if ends := m.Ends(); len(ends) > 0 {
					t.Errorf("%v %s: %v", m.Kind(), m.From(), ends)
				}
				m.Close()
			}
			if len(pids) != servers*workers {
				t.Errorf("%d of %d workers hold sessions: %v", len(pids), servers*workers, pids)
			}
			relayed, tunnels := 0, 0
			for _, n := range nodes {
				if err := n.Stop(); err != nil {
					t.Error(err)
				}
				relayed, tunnels = relayed+n.Sum("relayed_to_nodes"), tunnels+n.Sum("tunnels")
			}
			if relayed == 0 || tunnels == 0 {
				t.Errorf("%d requests relayed, %d tunnels", relayed, tunnels)
			}
			t.Logf("%d requests relayed to other servers, %d tunnels", relayed, tunnels)
		})
	}
}

func TestOfficialClients(t *testing.T) {
	for _, servers := range []int{2, 4} {
		t.Run(fmt.Sprintf("%d servers", servers), func(t *testing.T) {
			nodes := serve(t, servers, workers)
			var addrs []string
			for _, n := range nodes {
				addrs = append(addrs, n.Addr)
			}
			f := newFront(t, addrs...)
			var o struct{ Results []driver.Result }
			input := map[string]any{"url": "http://" + f.addr, "copies": 12, "numbers": 5, "deadline": 60_000}
			if err := driver.Run(within(t, 6*patience), ".", "numbers.mjs", input, &o); err != nil {
				t.Fatal(err)
			}
			if len(o.Results) == 0 {
				t.Error("no results")
			}
			failed := 0
			for _, r := range o.Results {
				if r.Error != "" {
					failed++
					t.Errorf("%s %s: %s", r.Subject, r.Name, r.Error)
				}
			}
			t.Logf("%d checks, %d failed", len(o.Results), failed)
		})
	}
}

func TestLargeBodies(t *testing.T) {
	const size = 8_000_000
	nodes := serve(t, 2, 1, fmt.Sprintf("--max-http-buffer-size=%d", size+1000), "--ping-interval=10m", "--ping-timeout=10m")
	home, other := nodes[0].Addr, nodes[1].Addr
	sid := open(t, home, address(0))
	for _, x := range [][3]string{{"POST", "40", "ok"}, {"GET", "", "40"}} {
		if status, body := ask(t, other, address(0), x[0], sid, x[1]); status != 200 || !strings.HasPrefix(body, x[2]) {
			t.Fatalf("%d %s", status, body)
		}
	}
	long := strings.Repeat("0123456789", size/10)
	for range 3 {
		if status, body := ask(t, other, address(0), "POST", sid, `421["echo","`+long+`"]`); status != 200 {
			t.Fatalf("%d %.100s", status, body)
		}
		if status, body := ask(t, other, address(0), "GET", sid, ""); status != 200 || body != `431["`+long+`"]` {
			t.Fatalf("%d, %d bytes %.100s", status, len(body), body)
		}
	}
}

func TestServerKilled(t *testing.T) {
	nodes := serve(t, 3, workers)
	var addrs []string
	for _, n := range nodes {
		addrs = append(addrs, n.Addr)
	}
	victim := nodes[2]
	own := newFront(t, addrs[:2]...)
	members := gather(t, own, 60)
	f := newFront(t, addrs...)
	lost := gather(t, f, 30)
	sid := open(t, victim.Addr, address(0))
	if err := victim.Kill(); err != nil {
		t.Fatal(err)
	}
	f.without(victim.Addr)
	await.Eventually(t, patience, "its sessions are unknown", func() (bool, string) {
		began := time.Now()
		status, body := ask(t, addrs[0], address(0), "POST", sid, "3")
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("an answer took %v", took)
		}
		return status == 400 && strings.Contains(body, `"code":1`), fmt.Sprint(status, body)
	})
	for _, m := range lost {
		if err := m.Joined(within(t, patience)); err != nil {
			t.Errorf("%v does not come back: %v", m.Kind(), err)
		}
	}
	speak(t, members[:5], 10).heard(t, members)
	for _, m := range members {
		if ends := m.Ends(); len(ends) > 0 {
			t.Errorf("%v %s: %v", m.Kind(), m.From(), ends)
		}
	}
}

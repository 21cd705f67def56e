package cluster

import (
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// TestRoundRobinServesEveryTransport spreads connections over the workers
// regardless of what they carry: 200 clients of both revisions, over polling,
// WebSocket and upgrade, are served without one "Session ID unknown", because
// requests are relayed to the session's worker. (Any refusal ends a client of
// the crowd with an error.)
func TestRoundRobinServesEveryTransport(t *testing.T) {
	t.Parallel()
	n := serve(t, "--balance=round-robin")
	all := gather(t, n, 200, nil)
	s := speak(t, all[:5], 200*time.Millisecond)
	hears(t, all[9], 20)
	for _, m := range all {
		if m.Kind().Transport == crowd.Upgrade {
			await.Eventually(t, patience, "upgraded", func() (bool, string) { return m.OnWebSocket(), "polling" })
		}
	}
	heardAll(t, all, s.End())
	held := make(map[int]int)
	for _, m := range all {
		held[m.Slot]++
		if ends := m.Ends(); len(ends) > 0 {
			t.Errorf("%v: %v", m.Kind(), ends)
		}
	}
	stop(t, n)
	for slot := range workers {
		if held[slot] == 0 || n.Counts()[slot].Int("handshakes") == 0 {
			t.Errorf("slot %d holds no session", slot)
		}
	}
	relayed, answered, handed := n.Sum("relayed"), n.Sum("relays_answered"), n.Sum("handed_over")
	if relayed == 0 || handed == 0 {
		t.Errorf("nothing was relayed: %d requests, %d connections", relayed, handed)
	}
	t.Logf("sessions by slot %v; %d requests relayed, %d answered, %d connections handed over", held, relayed, answered, handed)
}

// TestLeastConnectionsEvensOut connects many clients from one address, and has
// all of half of the workers leave: those who come next go there.
func TestLeastConnectionsEvensOut(t *testing.T) {
	t.Parallel()
	n := serve(t, "--balance=least-connections")
	connect := func(clients int) (all []*member) {
		for range clients {
			c := dial(t, crowd.Options{Kind: websocket, Server: n.Addr, From: address(0)})
			all = append(all, &member{Client: c, place: whereIs(t, c)})
		}
		return all
	}
	first := connect(80)
	held := make(map[int]int)
	for _, m := range first {
		held[m.Slot]++
	}
	for slot := range workers {
		if held[slot] < 5 || held[slot] > 15 { // 10
			t.Errorf("uneven: %v", held)
			break
		}
	}
	t.Logf("80 clients: %v", held)
	left := 0
	for _, m := range first {
		if m.Slot < workers/2 {
			m.Close()
			held[m.Slot]--
			left++
		}
	}
	// The workers report what they hold when it has changed. Those who come now show when the master knows.
	came := make(map[int]int)
	await.Eventually(t, patience, "new clients go where there is room", func() (bool, string) {
		m := connect(1)[0]
		if m.Slot >= workers/2 {
			m.Close()
			return false, "they go to a full worker"
		}
		came[m.Slot]++
		return came[0] > 0 && came[1] > 0 && came[2] > 0 && came[3] > 0, "not everywhere"
	})
	t.Logf("%d left slots 0 to 3; then came %v", left, came)
}

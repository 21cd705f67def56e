package cluster

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
)

func asTimeout(err error, timeout *net.Error) bool {
	return errors.As(err, timeout) && (*timeout).Timeout()
}

// crashing starts a server one of whose slots can be made to die at every
// start: down takes it down, up lets it start again.
func crashing(t *testing.T, slot int, flags ...string) (n *node.Node, down, up func()) {
	t.Helper()
	crash := filepath.Join(t.TempDir(), "crash")
	n = serveWith(t, []string{"E2E_CRASH=" + crash}, flags...)
	down = func() {
		if err := os.WriteFile(crash, []byte(fmt.Sprint(slot)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := kill(worker(t, n, slot)); err != nil {
			t.Fatal(err)
		}
	}
	up = func() {
		if err := os.Remove(crash); err != nil {
			t.Fatal(err)
		}
	}
	return n, down, up
}

// TestSessionsOfASlotThatIsDown asks other workers for sessions that died with
// theirs, while that slot stays down: they are said to be unknown, so that their
// clients open new ones, and nobody waits for ever.
func TestSessionsOfASlotThatIsDown(t *testing.T) {
	t.Parallel()
	const slot = 5
	n, down, _ := crashing(t, slot, append(never, "--balance=round-robin")...)
	var dead []*session
	for len(dead) < 4 {
		if s := openSession(t, n, 4); homeOf(t, s) == slot {
			dead = append(dead, s)
		}
	}
	waiting := send(t, n, "127.0.0.1", dead[0].request("GET", "")) // asked before the death
	down()
	asked := []*request{waiting}
	for i, s := range dead[1:] {
		asked = append(asked, send(t, n, address(i), s.request("GET", "")), send(t, n, address(i), s.request("POST", "3")))
	}
	for i, r := range asked {
		status, body, err := r.answer(within(t, patience))
		t.Logf("request %d: status %d %s after %v", i, status, body, time.Since(r.at).Round(time.Millisecond))
		if err != nil || status == 200 {
			t.Errorf("request %d: status %d %s, %v", i, status, body, err)
		}
	}
}

// homeOf is the slot that the session's id names.
func homeOf(t *testing.T, s *session) int {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s.sid)
	if err != nil || len(b) < 3 {
		t.Fatalf("session id %q: %v", s.sid, err)
	}
	return int(b[2])
}

// TestSlotThatStaysDown has one slot's worker die at every start. It is tried
// again after growing pauses, each said once; its clients are refused within a
// bounded time, none waits for ever; nobody else notices; and once the worker
// can start again, the slot serves.
func TestSlotThatStaysDown(t *testing.T) {
	t.Parallel()
	const slot = 5
	n, down, up := crashing(t, slot)
	addresses := bySlot(t, n)
	other := dial(t, crowd.Options{Kind: websocket, Server: n.Addr, From: addresses[0]})

	went := time.Now()
	down()
	// The first may lie in the inbox until the slot is given up, the later ones are refused at once.
	for try := range 3 {
		status, _, err := send(t, n, addresses[slot], handshake).answer(within(t, patience))
		if err != nil || status != 0 && status != 503 {
			t.Errorf("try %d: status %d, %v", try, status, err)
		}
		t.Logf("try %d: %d, %v after the death", try, status, time.Since(went).Round(time.Millisecond))
	}
	if _, err := other.Ask(within(t, patience), "echo", "unharmed"); err != nil {
		t.Error(err)
	}

	died := func(l node.Line) bool { return l.Says("worker died") && l.Int("slot") == slot }
	deaths := 0
	if _, err := n.Await(patience, func(l node.Line) bool {
		if died(l) {
			deaths++
		}
		return deaths == 7
	}); err != nil {
		t.Fatal(err)
	}
	var pauses []time.Duration
	for _, l := range n.Lines(died) {
		pauses = append(pauses, time.Duration(l.Int("next")))
	}
	t.Logf("pauses %v", pauses)
	for i := 3; i < 7; i++ {
		if pauses[i] <= pauses[i-1] {
			t.Errorf("pauses do not grow: %v", pauses)
		}
	}
	up()
	await.Eventually(t, patience, "the slot serves again", func() (bool, string) {
		status, _, err := send(t, n, addresses[slot], handshake).answer(within(t, patience))
		return status == 200, fmt.Sprint(status, err)
	})
	if ends := other.Ends(); len(ends) > 0 {
		t.Errorf("a client of another slot: %v", ends)
	}
}

package cluster

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
)

// request is an HTTP connection from an address of its own with one request
// sent.
type request struct {
	net.Conn
	at time.Time
}

func send(t *testing.T, n *node.Node, from, head string) *request {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	c, err := dialer.DialContext(within(t, patience), "tcp", n.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, head); err != nil {
		t.Fatal(err)
	}
	return &request{c, time.Now()}
}

// answer reads the answer's status, 0 for a connection that was closed or
// reset. An answer that does not come is an error.
func (r *request) answer(ctx context.Context) (status int, body string, err error) {
	if deadline, ok := ctx.Deadline(); ok {
		_ = r.SetReadDeadline(deadline)
	}
	a, err := http.ReadResponse(bufio.NewReader(r), nil)
	var timeout net.Error
	switch e := err; {
	case e == nil:
		b, err := io.ReadAll(a.Body)
		return a.StatusCode, string(b), err
	case asTimeout(e, &timeout):
		return 0, "", fmt.Errorf("silence for %v", time.Since(r.at))
	}
	return 0, "", nil
}

const handshake = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

// TestSuccessorServesWhatWaits lets connections queue in the inbox of a worker
// that is stopped, and then kills it: its successor serves them all.
func TestSuccessorServesWhatWaits(t *testing.T) {
	t.Parallel()
	n := serve(t)
	addresses := bySlot(t, n)
	const slot, clients = 3, 20
	freeze(t, worker(t, n, slot))
	var waiting []*request
	for range clients {
		waiting = append(waiting, send(t, n, addresses[slot], handshake))
	}
	// Connections are taken in order: when another slot answers, the others lie in the inbox.
	if status, _, err := send(t, n, addresses[4], handshake).answer(within(t, patience)); status != 200 {
		t.Fatalf("another slot answers %d, %v", status, err)
	}
	took, err := n.KillWorker(slot, patience)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range waiting {
		if status, body, err := r.answer(within(t, patience)); status != 200 {
			t.Errorf("connection %d: status %d %s, %v", i, status, body, err)
		}
	}
	t.Logf("successor served after %v, all %d answered after %v", took, clients, time.Since(waiting[clients-1].at))
}

// TestInboxIsBounded lets more connections queue for a frozen worker than its
// inbox and the master keep: those beyond are refused at once, the others are
// served by the successor, and nobody waits for ever. There is no other worker
// that they could spill to.
func TestInboxIsBounded(t *testing.T) {
	t.Parallel()
	n := serve(t, "--workers=1")
	before := descriptorsOf(t, n)
	const slot, clients = 0, 4000
	freeze(t, worker(t, n, slot))
	waiting := make([]*request, clients)
	for i := range clients {
		waiting[i] = send(t, n, address(0), handshake)
	}
	if status, _, err := waiting[clients-1].answer(within(t, patience)); status != 503 || err != nil {
		t.Errorf("the last of %d connections: status %d, %v", clients, status, err)
	}
	if _, err := n.KillWorker(slot, patience); err != nil {
		t.Fatal(err)
	}
	began, late := time.Now(), within(t, patience)
	answers := map[int]int{503: 1}
	for i, r := range waiting[:clients-1] {
		status, _, err := r.answer(late)
		if err != nil || status != 200 && status != 503 {
			t.Errorf("connection %d: status %d, %v", i, status, err)
		}
		answers[status]++
		r.Close()
	}
	waiting[clients-1].Close()
	if answers[200] == 0 {
		t.Error("nobody was served")
	}
	t.Logf("%d connections: answered with %v, the last %v after the death", clients, answers, time.Since(began))
	settled(t, n, map[int]int{n.PID(): before[n.PID()]})
}

// TestFrozenWorkerSpills shows that what comes while a worker hangs goes to
// others, once too much waits for it; what waits is its successor's.
func TestFrozenWorkerSpills(t *testing.T) {
	t.Parallel()
	n := serve(t)
	addresses := bySlot(t, n)
	const slot, clients = 3, 600
	freeze(t, worker(t, n, slot))
	var all []*request
	for range clients {
		all = append(all, send(t, n, addresses[slot], handshake))
	}
	for i, r := range all[clients/2:] {
		if status, body, err := r.answer(within(t, patience)); status != 200 {
			t.Errorf("connection %d: status %d %s, %v", clients/2+i, status, body, err)
		}
	}
	if _, err := n.KillWorker(slot, patience); err != nil {
		t.Fatal(err)
	}
	for i, r := range all[:clients/2] {
		if status, body, err := r.answer(within(t, patience)); status != 200 {
			t.Errorf("connection %d: status %d %s, %v", i, status, body, err)
		}
	}
}

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

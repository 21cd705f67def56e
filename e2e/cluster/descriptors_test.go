package cluster

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/cluster/procfs"
)

// descriptorsOf counts the descriptors of each process of the node.
func descriptorsOf(t *testing.T, n *node.Node) map[int]int {
	t.Helper()
	pids, err := n.Processes()
	if err != nil {
		t.Fatal(err)
	}
	counts := make(map[int]int)
	for _, pid := range pids {
		open, err := procfs.Descriptors(pid)
		if err != nil {
			t.Fatal(err)
		}
		counts[pid] = len(open)
	}
	return counts
}

// settled waits until no process has more descriptors than before.
func settled(t *testing.T, n *node.Node, before map[int]int) {
	t.Helper()
	await.Eventually(t, patience, "descriptors are given back", func() (bool, string) {
		for pid := range before {
			open, err := procfs.Descriptors(pid)
			if err != nil {
				t.Fatal(err)
			}
			if now := len(open); now > before[pid] {
				return false, fmt.Sprintf("process %d: %d, before %d: %v", pid, now, before[pid], open)
			}
		}
		return true, ""
	})
}

// visit is one way to come and go.
type visit struct {
	name   string
	send   string
	answer bool // wait for the answer's head
	reset  bool // go with a reset
}

const openSocket = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

var visits = []visit{
	{name: "says nothing"},
	{name: "says nothing and resets", reset: true},
	{name: "half a request", send: "GET /socket.io/?EIO=4&tra", reset: true},
	{name: "handshake over polling", send: handshake, answer: true},
	{name: "handshake over polling, not waited for", send: handshake, reset: true},
	{name: "WebSocket", send: openSocket, answer: true},
	{name: "WebSocket, broken off", send: openSocket, answer: true, reset: true},
	{name: "WebSocket, not waited for", send: openSocket, reset: true},
	{name: "no such path", send: "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n", answer: true},
}

func (v visit) pay(server, from string) error {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience}
	c, err := dialer.Dial("tcp", server)
	if err != nil {
		return err
	}
	defer c.Close()
	if v.reset {
		_ = c.(*net.TCPConn).SetLinger(0)
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, v.send); err != nil || !v.answer {
		return err
	}
	if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
		return fmt.Errorf("%s: %w", v.name, err)
	}
	return nil
}

// TestTwentyThousandVisitsLeaveNothing connects and disconnects 20,000 times, in
// all the ways in which that can happen, half of the time over a worker that
// does not own the session; all processes have as many descriptors afterwards
// as before.
func TestTwentyThousandVisitsLeaveNothing(t *testing.T) {
	t.Parallel()
	visitors := 20_000
	if testing.Short() {
		visitors /= 10
	}
	n := serve(t, "--ping-interval=1s", "--ping-timeout=1s", "--balance=round-robin")
	gatherAndPart(t, n) // what a process opens once and keeps
	before := descriptorsOf(t, n)
	began := time.Now()
	atOnce(visitors, 32, func(i int) {
		if err := visits[rand.N(len(visits))].pay(n.Addr, address(i%2000)); err != nil {
			t.Error(err)
		}
	})
	took := time.Since(began)
	gatherAndPart(t, n) // whole clients too, upgrades and relays among them
	settled(t, n, before)
	t.Logf("%d visits in %v; descriptors before %v, after %v", visitors, took, before, descriptorsOf(t, n))
}

func gatherAndPart(t *testing.T, n *node.Node) {
	t.Helper()
	for _, m := range gather(t, n, 80, nil) {
		m.Close()
	}
}

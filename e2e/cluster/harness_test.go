package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/cluster/procfs"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// patience is how long anything may take that is expected at once.
const patience = 30 * time.Second

// workers is how many there are unless a test says otherwise.
const workers = 8

// serve starts an ioserver with 8 workers. It has to end well with the test.
func serve(t *testing.T, flags ...string) *node.Node {
	t.Helper()
	return serveWith(t, nil, flags...)
}

func serveWith(t *testing.T, env []string, flags ...string) *node.Node {
	t.Helper()
	n, err := node.Start(program, env, append([]string{fmt.Sprintf("--workers=%d", workers)}, flags...)...)
	if err != nil {
		t.Fatal(err)
	}
	endAfter(t, n, n.Stop)
	return n
}

// endAfter ends a node with its test, by end unless it has ended by then.
func endAfter(t *testing.T, n *node.Node, end func() error) {
	t.Cleanup(func() {
		if pids, err := n.Processes(); err == nil && len(pids) == 0 {
			end = n.Kill // to wait for it
		}
		if err := end(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", n.Addr, n.Log())
		}
	})
}

// stop ends a node now, for its counts.
func stop(t *testing.T, n *node.Node) {
	t.Helper()
	if err := n.Stop(); err != nil {
		t.Error(err)
	}
}

// worker is the process that serves the slot.
func worker(t *testing.T, n *node.Node, slot int) int {
	t.Helper()
	pid, err := n.Worker(slot)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// broker is the process that serves the bus.
func broker(t *testing.T, n *node.Node) int {
	t.Helper()
	pid, err := n.Broker()
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// address is the i-th source address, all of them of this machine.
func address(i int) string { return fmt.Sprintf("127.0.%d.%d", 1+i/250, 1+i%250) }

// dial connects a client, which is closed with the test.
func dial(t *testing.T, o crowd.Options) *crowd.Client {
	t.Helper()
	c, err := crowd.Dial(within(t, patience), o)
	if err != nil {
		t.Fatalf("%s: %v", o.From, err)
	}
	t.Cleanup(c.Close)
	return c
}

var websocket = crowd.Kind{Revision: 4, Transport: crowd.WebSocket}

// place is where a client is served.
type place struct {
	ID   string `json:"id"` // the socket's
	Slot int    `json:"slot"`
	PID  int    `json:"pid"`
}

func whereIs(t *testing.T, c *crowd.Client) (p place) {
	t.Helper()
	answer, err := c.Ask(within(t, patience), "whoami")
	if err == nil {
		err = json.Unmarshal(answer[0], &p)
	}
	if err != nil {
		t.Errorf("whoami: %v", err)
	}
	return p
}

// member is a client of a crowd, and what it has heard.
type member struct {
	*crowd.Client
	*crowd.Ledger
	place
}

// gather connects n clients of all kinds, each from an address of its own.
func gather(t *testing.T, nd *node.Node, n int, change func(*crowd.Options)) []*member {
	t.Helper()
	kinds := crowd.Kinds()
	members := make([]*member, n)
	atOnce(n, 16, func(i int) {
		ledger := crowd.NewLedger()
		o := crowd.Options{Kind: kinds[i%len(kinds)], Server: nd.Addr, From: address(i), Event: ledger.Event, Down: ledger.Down}
		if change != nil {
			change(&o)
		}
		c, err := crowd.Dial(within(t, patience), o)
		if err != nil {
			t.Errorf("client %d: %v", i, err)
			return
		}
		t.Cleanup(c.Close)
		members[i] = &member{c, ledger, whereIs(t, c)}
	})
	if t.Failed() {
		t.FailNow()
	}
	return members
}

// atOnce calls f for each of n, some at a time.
func atOnce(n, some int, f func(i int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range some {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// freeze stops a process, and returns when it stands still.
func freeze(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	await.Eventually(t, patience, "the process stands still", func() (bool, string) {
		stopped, err := procfs.Stopped(pid)
		return stopped && err == nil, fmt.Sprint(err)
	})
}

// bySlot finds an address for each slot.
func bySlot(t *testing.T, nd *node.Node) map[int]string {
	t.Helper()
	found := make(map[int]string)
	for i := 0; len(found) < workers && i < 500; i++ {
		from := address(i)
		c := dial(t, crowd.Options{Kind: websocket, Server: nd.Addr, From: from})
		found[whereIs(t, c).Slot] = from
		c.Close()
	}
	if len(found) < workers {
		t.Fatalf("addresses reach %d of %d slots", len(found), workers)
	}
	return found
}

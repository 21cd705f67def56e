package cluster

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
	"github.com/ioserver/ioserver/e2e/driver"
)

// ended waits for the end of all processes, and fails when any is left or the
// port is not free at once.
func ended(t *testing.T, n *node.Node, timeout time.Duration) (status int) {
	t.Helper()
	status, err := n.Exit(timeout)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := n.Processes(); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	l, err := net.Listen("tcp", n.Addr)
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	l.Close()
	return status
}

// TestStopSendsNobodyAway ends a server with clients of all kinds, messages
// flowing: each sees its transport end, and none is told 41, after which it
// would stay away. The server exits with 0 within its time.
func TestStopSendsNobodyAway(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			const timeout = 10 * time.Second
			n := serve(t, fmt.Sprintf("--shutdown-timeout=%v", timeout))
			all := gather(t, n, 60, nil)
			s := speak(t, all[:3], 20*time.Millisecond)
			hears(t, all[5], 10)
			began := time.Now()
			if err := n.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if status := ended(t, n, 2*timeout); status != 0 {
				t.Errorf("exit status %d", status)
			}
			t.Logf("ended after %v", time.Since(began))
			s.End()
			late := within(t, patience)
			for _, m := range all {
				if err := m.Ended(late, 1); err != nil {
					t.Errorf("%v: %v", m.Kind(), err)
					continue
				}
				if end := m.Ends()[0]; errors.Is(end.Err, crowd.ErrDismissed) || errors.Is(end.Err, crowd.ErrSilent) {
					t.Errorf("%v: %v", m.Kind(), end.Err)
				}
			}
		})
	}
}

// TestSecondSignalEndsAtOnce makes the orderly end slow by a handler that
// blocks, and asks again.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	n := serve(t, "--shutdown-timeout=10m")
	block(t, n)
	if err := n.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Await(patience, func(l node.Line) bool { return l.Says("worker stops") }); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := n.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	status := ended(t, n, patience)
	t.Logf("ended with status %d, %v after the second signal", status, time.Since(began))
}

// TestStopEndsWithinItsTime has a handler that blocks for ever.
func TestStopEndsWithinItsTime(t *testing.T) {
	t.Parallel()
	n := serve(t, "--shutdown-timeout=2s")
	block(t, n)
	began := time.Now()
	if err := n.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	status := ended(t, n, patience)
	if status != 0 {
		t.Errorf("exit status %d", status)
	}
	t.Logf("ended with status %d after %v, of 2s", status, time.Since(began))
}

// block has a handler that does not return.
func block(t *testing.T, n *node.Node) {
	t.Helper()
	c := dial(t, crowd.Options{Kind: websocket, Server: n.Addr, From: address(1)})
	if _, err := c.Ask(within(t, patience), "block"); err != nil {
		t.Fatal(err)
	}
}

// TestOfficialClientsComeBack restarts the server under the official clients,
// at the same port: each comes back by itself.
func TestOfficialClientsComeBack(t *testing.T) {
	t.Parallel()
	first := serve(t)
	type outcome struct{ Results []driver.Result }
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		if err := driver.Run(within(t, 2*patience), ".", "return.mjs", map[string]any{"url": "http://" + first.Addr}, &o); err != nil {
			t.Error(err)
		}
		done <- o
	}()
	// Each client makes itself heard once it is connected.
	listener := crowd.NewLedger()
	dial(t, crowd.Options{Kind: websocket, Server: first.Addr, From: address(0), Event: listener.Event})
	late := within(t, patience).Done()
	for _, version := range []string{"1.7.4", "2.5.0", "3.1.3", "4.8.4"} {
		for _, mode := range []string{"polling", "websocket", "upgrade"} {
			if !listener.Await(late, version+" "+mode, 1) {
				t.Errorf("%s %s does not connect", version, mode)
			}
		}
	}
	stop(t, first)
	serve(t, "--listen="+first.Addr)
	o := <-done
	if len(o.Results) == 0 {
		t.Error("no results")
	}
	driver.Report(t, o.Results)
}

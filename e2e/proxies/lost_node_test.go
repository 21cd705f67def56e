package proxies

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/crowd"
)

// visitor is a client of the crowd that comes back whenever it is lost.
type visitor struct {
	*crowd.Client
	*crowd.Ledger
	pid int // of the worker that it was on at first
}

// TestLostNode kills one node of four. Its clients come back through the proxy,
// at other nodes, and everybody hears everybody again. Where an address stays at
// one node, nobody else notices.
func TestLostNode(t *testing.T) {
	for _, c := range []struct {
		name  string
		proxy func(*testing.T, string) proxy
		file  string
		alone bool // only the node's own clients notice
	}{
		{"by address", nginx, "ip-hash.conf", true},
		{"in turn", nginx, "round-robin.conf", false},
		{"connections kept", nginx, "keepalive.conf", false},
		{"PROXY protocol", haproxy, "send-proxy-v2.cfg", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := c.proxy(t, c.file)
			members := serve(t, flagsIn(t, p.file))
			p.run(t)
			everybody := visit(t, 80)
			lost := members[len(members)-1]
			pids := map[int]bool{}
			for slot := range workers {
				pid, err := lost.Worker(slot)
				if err != nil {
					t.Fatal(err)
				}
				pids[pid] = true
			}
			if err := lost.Kill(); err != nil {
				t.Fatal(err)
			}
			began, late := time.Now(), within(t, 2*patience)
			theirs := 0
			for _, v := range everybody {
				if pids[v.pid] {
					theirs++
					if err := v.Ended(late, 1); err != nil {
						t.Errorf("a client of the node: %v", err)
					}
				}
			}
			rejoined(t, everybody)
			t.Logf("all are together again %v after the end of a node with %d of %d clients", time.Since(began).Round(time.Millisecond), theirs, len(everybody))
			if theirs == 0 {
				t.Error("the node had no clients")
			}
			for _, v := range everybody {
				if ends := v.Ends(); c.alone && !pids[v.pid] && len(ends) > 0 {
					t.Errorf("%v of another node: %v", v.Kind(), ends)
				}
				if f := v.Faults(); len(f) > 0 {
					t.Errorf("%v: %v", v.Kind(), f)
				}
			}
		})
	}
}

// visit has n clients of all kinds come, each from a network of its own.
func visit(t *testing.T, n int) []*visitor {
	t.Helper()
	kinds := crowd.Kinds()
	all := make([]*visitor, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			ledger := crowd.NewLedger()
			c := crowd.Start(crowd.Options{
				Kind: kinds[i%len(kinds)], Server: "127.0.0.1:80", From: fmt.Sprintf("127.%d.%d.5", 1+i, 7*i%256),
				Returns: true, Event: ledger.Event, Down: ledger.Down,
			})
			t.Cleanup(c.Close)
			v := &visitor{Client: c, Ledger: ledger}
			ctx := within(t, patience)
			var place struct{ PID int }
			err := c.Joined(ctx)
			if err == nil {
				var answer []json.RawMessage
				if answer, err = c.Ask(ctx, "whoami"); err == nil {
					err = json.Unmarshal(answer[0], &place)
				}
			}
			if err != nil {
				t.Errorf("%v: %v", c.Kind(), err)
			}
			v.pid, all[i] = place.PID, v
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return all
}

// rejoined says numbers until everybody has heard one of them: who is lost while
// it is on its way hears the next.
func rejoined(t *testing.T, everybody []*visitor) {
	t.Helper()
	late := within(t, 2*patience)
	for number := 1; late.Err() == nil; number++ {
		said := false
		for _, v := range everybody {
			if v.Joined(within(t, time.Second)) == nil && crowd.Say(within(t, patience), v.Client, "together", number) == nil {
				said = true
				break
			}
		}
		missing := 0
		soon := within(t, 2*time.Second).Done()
		for _, v := range everybody {
			if !said || !v.Heard(soon, "together", number) {
				missing++
			}
		}
		if missing == 0 {
			return
		}
	}
	t.Fatal("not all are together again")
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeoutCause(t.Context(), d, errors.New("no patience left"))
	t.Cleanup(cancel)
	return ctx
}

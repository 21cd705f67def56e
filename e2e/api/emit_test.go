package api

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/ioserver/ioserver/e2e/crowd"
)

// Events that any worker is given reach the clients of all, once and in the
// order of their connection; and of those only who is meant.
func TestEmitReachesTheClientsOfAllWorkers(t *testing.T) {
	t.Parallel()
	p := serve(t, nil, "--balance=round-robin")
	members := p.gather(40, crowd.Kinds()...)
	everywhere(t, members)
	for i, m := range members {
		if i%2 == 0 {
			if _, err := m.Ask(within(t, patience), "join", "even"); err != nil {
				t.Fatal(err)
			}
		}
	}
	const speakers, words = 16, 20 // each connection has a worker of its own, in turn
	var wg sync.WaitGroup
	for s := range speakers {
		c := dial(t, "tcp", p.tcp)
		if s%2 == 1 {
			c = dial(t, "unix", p.unix)
		}
		wg.Go(func() {
			for n := 1; n <= words; n++ {
				c.emits(number(fmt.Sprint("all", s), n, ""))
				c.emits(number(fmt.Sprint("room", s), n, `,"rooms":["even","nobody"]`))
				c.emits(number(fmt.Sprint("except", s), n, `,"except":["even"]`))
				c.emits(number(fmt.Sprint("one", s), n, fmt.Sprintf(`,"rooms":[%q]`, members[s].ID)))
			}
		})
	}
	wg.Wait()
	late := within(t, patience).Done()
	for i, m := range members {
		wg.Go(func() {
			for s := range speakers {
				senders := []string{fmt.Sprint("all", s), fmt.Sprint(map[bool]string{true: "room", false: "except"}[i%2 == 0], s)}
				if s == i {
					senders = append(senders, fmt.Sprint("one", s))
				}
				for _, sender := range senders {
					if !m.Await(late, sender, words) {
						t.Errorf("client %d, %v in slot %d, misses %v of %s", i, m.Kind(), m.Slot, m.Missing(sender, words), sender)
					}
				}
			}
		})
	}
	wg.Wait()
	for i, m := range members {
		want := 2 * speakers * words
		if i < speakers {
			want += words
		}
		if got, faults := m.Total(), m.Faults(); got != want || len(faults) > 0 {
			t.Errorf("client %d, %v in slot %d, heard %d of %d: %v", i, m.Kind(), m.Slot, got, want, faults)
		}
	}
}

// 5,000 requests on one connection, without waiting for answers, keep their
// order.
func TestOrderWithinAConnection(t *testing.T) {
	t.Parallel()
	p := serve(t, nil, "--balance=round-robin")
	members := p.gather(workers, crowd.Kind{Revision: 4, Transport: crowd.WebSocket})
	everywhere(t, members)
	const n = 5_000
	c := dial(t, "tcp", p.tcp)
	go func() {
		var b strings.Builder
		for i := 1; i <= n; i++ {
			b.WriteString(request(number("api", i, "")))
		}
		c.write(b.String())
	}()
	for i := range n {
		if status, body := c.answer(); status != 200 {
			t.Fatalf("request %d: %d %s", i, status, body)
		}
	}
	late := within(t, patience).Done()
	for _, m := range members {
		if !m.Await(late, "api", n) || len(m.Faults()) > 0 || m.Total() != n {
			t.Errorf("slot %d misses %d: %v", m.Slot, len(m.Missing("api", n)), m.Faults())
		}
	}
}

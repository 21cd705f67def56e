package nodes

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	nats "github.com/nats-io/nats-server/v2/server"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// patience is how long anything may take that is expected at once.
const patience = 30 * time.Second

// runNATS runs a NATS server until the test's end.
func runNATS(t *testing.T) string {
	t.Helper()
	s, err := nats.NewServer(&nats.Options{Host: "127.0.0.1", Port: nats.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(patience) {
		t.Fatal("the NATS server does not start")
	}
	return "nats://" + s.Addr().String()
}

// serve starts servers that share a NATS, with so many workers each, and returns
// when each worker passes on requests for each other server.
func serve(t *testing.T, servers, workers int, flags ...string) []*node.Node {
	t.Helper()
	flags = append([]string{"--nats=" + runNATS(t), fmt.Sprintf("--workers=%d", workers)}, flags...)
	var all []*node.Node
	for range servers {
		n, err := node.Start(program, nil, flags...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if pids, err := n.Processes(); err == nil && len(pids) > 0 {
				if err := n.Stop(); err != nil {
					t.Error(err)
				}
			}
			if t.Failed() {
				t.Logf("log of %s:\n%s", n.Addr, n.Log())
			}
		})
		all = append(all, n)
	}
	acquaint(t, all, workers)
	return all
}

// acquaint asks at each worker for a session of each other server.
func acquaint(t *testing.T, all []*node.Node, workers int) {
	t.Helper()
	for _, home := range all {
		for from := range 6 * workers { // addresses: enough to reach every worker
			sid := open(t, home.Addr, address(from))
			for _, at := range all {
				await.Eventually(t, patience, "known at "+at.Addr, func() (bool, string) {
					status, _ := ask(t, at.Addr, address(from), "POST", sid, "3")
					return status == 200, fmt.Sprint("status ", status)
				})
			}
		}
	}
}

// address is the i-th source address, all of them of this machine.
func address(i int) string { return fmt.Sprintf("127.0.%d.%d", 1+i/250, 1+i%250) }

var sidPattern = regexp.MustCompile(`"sid":"([^"]+)"`)

// open opens a polling session.
func open(t *testing.T, addr, from string) string {
	t.Helper()
	status, body := ask(t, addr, from, "GET", "", "")
	m := sidPattern.FindStringSubmatch(body)
	if status != 200 || m == nil {
		t.Fatalf("no session: %d %s", status, body)
	}
	return m[1]
}

// ask sends one request on a connection of its own.
func ask(t *testing.T, addr, from, method, sid, body string) (status int, answer string) {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience}
	c, err := d.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	query := "EIO=4&transport=polling"
	if sid != "" {
		query += "&sid=" + sid
	}
	go func() { // the answer may come before all of a refused body is read
		_, _ = fmt.Fprintf(c, "%s /socket.io/?%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", method, query, len(body), body)
	}()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// member is a client, what it has heard, and where it is served.
type member struct {
	*crowd.Client
	*crowd.Ledger
	ID  string `json:"id"`
	PID int    `json:"pid"`
}

// gather connects n clients of all kinds through the front, each from an address
// of its own.
func gather(t *testing.T, f *front, n int) []*member {
	t.Helper()
	kinds, members := crowd.Kinds(), make([]*member, n)
	slots := make(chan struct{}, 16)
	var wg sync.WaitGroup
	for i := range members {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			members[i] = join(t, f, kinds[i%len(kinds)], address(i))
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return members
}

func join(t *testing.T, f *front, kind crowd.Kind, from string) *member {
	m := &member{Ledger: crowd.NewLedger()}
	ctx := within(t, patience)
	c, err := crowd.Dial(ctx, crowd.Options{Kind: kind, Server: f.addr, From: from, Returns: true, Event: m.Event, Down: m.Down})
	if err != nil {
		t.Errorf("%v from %s: %v", kind, from, err)
		return m
	}
	t.Cleanup(c.Close)
	m.Client = c
	answer, err := c.Ask(ctx, "whoami")
	if err == nil {
		err = json.Unmarshal(answer[0], m)
	}
	if err != nil {
		t.Errorf("%v from %s: whoami: %v", kind, from, err)
	}
	if kind.Transport == crowd.Upgrade {
		for !c.OnWebSocket() && len(c.Ends()) == 0 && ctx.Err() == nil {
			if _, err := c.Ask(ctx, "echo"); err != nil {
				t.Errorf("%v from %s: not upgraded: %v", kind, from, err)
			}
		}
	}
	return m
}

// said is what everybody is to have heard.
type said map[string]int

// speak has the members say numbers to everybody, so many each.
func speak(t *testing.T, members []*member, numbers int) said {
	t.Helper()
	all := make(said)
	var wg sync.WaitGroup
	ctx := within(t, 2*patience)
	for _, m := range members {
		all[m.ID] = numbers
		wg.Go(func() {
			for number := 1; number <= numbers; number++ {
				if err := crowd.Say(ctx, m.Client, m.ID, number); err != nil {
					t.Errorf("%v: number %d: %v", m.Kind(), number, err)
					return
				}
			}
		})
	}
	wg.Wait()
	return all
}

// heard waits until the members have heard all that was said, once and in order.
func (s said) heard(t *testing.T, members []*member) {
	t.Helper()
	over := within(t, patience).Done()
	for _, m := range members {
		for name, last := range s {
			if !m.Await(over, name, last) {
				t.Errorf("%v %s: lost %v of %s", m.Kind(), m.From(), m.Missing(name, last), name)
			}
		}
		if faults := append(m.Faults(), m.Skipped()...); len(faults) > 0 {
			t.Errorf("%v %s: %s", m.Kind(), m.From(), strings.Join(faults, "; "))
		}
	}
}

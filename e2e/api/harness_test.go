package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
)

const (
	// patience is how long anything may take that is expected at once.
	patience = 30 * time.Second
	workers  = 8
	token    = "a-token-that-nobody-guesses"
)

const authorization = "Authorization: Bearer " + token + "\r\n"

// place is an ioserver and its API.
type place struct {
	*node.Node
	t       *testing.T
	tcp     string // of the API
	unix    string
	stopped bool // by the test
}

var apiBanner = regexp.MustCompile(`HTTP API on .*?(127\.0\.0\.1:\d+)`)

func serve(t *testing.T, env []string, flags ...string) *place {
	t.Helper()
	p := &place{t: t, unix: filepath.Join(t.TempDir(), "api")}
	flags = append([]string{fmt.Sprintf("--workers=%d", workers), "--api-listen=127.0.0.1:0", "--api-listen=unix:" + p.unix}, flags...)
	n, err := node.Start(program, append(env, "IOSERVER_API_TOKEN="+token), flags...)
	if err != nil {
		t.Fatal(err)
	}
	p.Node = n
	t.Cleanup(func() {
		if !p.stopped {
			if err := n.Stop(); err != nil {
				t.Error(err)
			}
		}
		if t.Failed() {
			t.Logf("log:\n%s", n.Log())
		}
	})
	line, err := n.Await(patience, func(l node.Line) bool { return apiBanner.MatchString(l.Text) })
	if err != nil {
		t.Fatal(err)
	}
	p.tcp = apiBanner.FindStringSubmatch(line.Text)[1]
	p.ready("ready at first", 200, `"ready":true`) // until then not all hear all
	return p
}

// call is a connection to the API, or to the public port.
type call struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

func dial(t *testing.T, network, address string) *call {
	t.Helper()
	c, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return &call{t, c, bufio.NewReader(c)}
}

func (c *call) write(s string) {
	if _, err := io.WriteString(c.conn, s); err != nil {
		c.t.Error(err)
	}
}

// answer reads one.
func (c *call) answer() (status int, body string) {
	c.t.Helper()
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// get asks on a connection of its own, so of some worker.
func (p *place) get(path string) (status int, body string) {
	p.t.Helper()
	c := dial(p.t, "unix", p.unix)
	defer c.conn.Close()
	c.write("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
	return c.answer()
}

func request(body string) string {
	return fmt.Sprintf("POST /api/emit HTTP/1.1\r\nHost: x\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", authorization, len(body), body)
}

// emits sends an event, which has to be taken.
func (c *call) emits(body string) {
	c.t.Helper()
	c.write(request(body))
	if status, got := c.answer(); status != 200 || got != "{\"ok\":true}\n" {
		c.t.Errorf("%s: %d %s", body, status, got)
	}
}

// number is the event that a crowd.Ledger keeps.
func number(sender string, n int, more string) string {
	return fmt.Sprintf(`{"event":%q,"args":[%q,%d]%s}`, crowd.Numbers, sender, n, more)
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// member is a client, and what it has heard.
type member struct {
	*crowd.Client
	*crowd.Ledger
	ID   string
	Slot int
}

// gather connects n clients of these kinds in turn, each from an address of its
// own.
func (p *place) gather(n int, kinds ...crowd.Kind) []*member {
	p.t.Helper()
	members := make([]*member, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			ledger := crowd.NewLedger()
			c, err := crowd.Dial(within(p.t, patience), crowd.Options{
				Kind: kinds[i%len(kinds)], Server: p.Addr, From: fmt.Sprintf("127.0.7.%d", i+1), Event: ledger.Event, Down: ledger.Down,
			})
			if err != nil {
				p.t.Error(err)
				return
			}
			p.t.Cleanup(c.Close)
			m := &member{Client: c, Ledger: ledger}
			if answer, err := c.Ask(within(p.t, patience), "whoami"); err != nil {
				p.t.Error(err)
			} else if err := json.Unmarshal(answer[0], m); err != nil {
				p.t.Error(err)
			}
			members[i] = m
		})
	}
	wg.Wait()
	if p.t.Failed() {
		p.t.FailNow()
	}
	return members
}

// everywhere has each worker serve somebody.
func everywhere(t *testing.T, members []*member) {
	t.Helper()
	slots := make(map[int]int)
	for _, m := range members {
		slots[m.Slot]++
	}
	if len(slots) != workers {
		t.Errorf("clients by slot: %v", slots)
	}
}

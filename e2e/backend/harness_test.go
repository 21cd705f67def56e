package backend

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
	"github.com/ioserver/ioserver/protocol/sid"
)

const (
	// patience is how long anything may take that is expected at once.
	patience = 30 * time.Second
	// promised is within what time the end of a dead worker's sockets is told.
	promised = 10 * time.Second
)

// serve starts an ioserver, which has to end well with the test.
func serve(t *testing.T, flags ...string) *node.Node {
	t.Helper()
	n, err := node.Start(program, nil, flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		end := n.Stop
		if pids, err := n.Processes(); err == nil && len(pids) == 0 {
			end = n.Kill // it was killed by its test
		}
		if err := end(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", n.Addr, n.Log())
		}
	})
	return n
}

// runNATS runs a NATS server of the user's until the test's end.
func runNATS(t *testing.T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, Username: "someone", Password: "hush"})
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
	u := url.URL{Scheme: "nats", User: url.UserPassword("someone", "hush"), Host: s.Addr().String()}
	return u.String()
}

// withNATS serves with applications on the server's own NATS, and says where.
func withNATS(t *testing.T, flags ...string) (n *node.Node, at string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "credentials")
	n = serve(t, append([]string{"--backend=nats", "--backend-credentials=" + file}, flags...)...)
	content, err := os.ReadFile(file)
	var c struct{ Server string }
	if err == nil {
		err = json.Unmarshal(content, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n, c.Server
}

// call is what applications are told.
type call struct {
	ID, Namespace, Event, Reason string
	Rooms                        []string
	Data                         json.RawMessage
	Args                         []json.RawMessage
	Handshake                    *struct{ Auth json.RawMessage }
}

// record is what all processes of an application have heard.
type record struct {
	mu      sync.Mutex
	changed chan struct{}
	there   map[string]bool
	ends    map[string][]call
	handled map[string]int // events, by their first argument
	strayed []string       // ends of sockets that were not there
}

func newRecord() *record {
	return &record{changed: make(chan struct{}), there: make(map[string]bool), ends: make(map[string][]call), handled: make(map[string]int)}
}

func (r *record) note(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
	close(r.changed)
	r.changed = make(chan struct{})
}

// await returns when f is true, which it asks under the lock.
func (r *record) await(t *testing.T, within time.Duration, what string, f func() bool) {
	t.Helper()
	late := time.After(within)
	for {
		r.mu.Lock()
		ok, changed := f(), r.changed
		r.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("%s: not within %v", what, within)
		}
	}
}

// answer is a backend that is asked who somebody is, and keeps who is there.
func (r *record) answer(kind string, body []byte) string {
	var c call
	if err := json.Unmarshal(body, &c); err != nil {
		return "unreadable: " + err.Error()
	}
	switch kind {
	case "connect":
		r.note(func() { r.there[c.ID] = true })
		return `{"allow":{"rooms":["all"],"data":{"of":"` + c.ID + `"}}}`
	case "disconnect":
		r.note(func() {
			if !r.there[c.ID] {
				r.strayed = append(r.strayed, c.ID)
			}
			delete(r.there, c.ID)
			r.ends[c.ID] = append(r.ends[c.ID], c)
		})
		return ""
	}
	if len(c.Args) > 0 {
		r.note(func() { r.handled[string(c.Args[0])]++ })
	}
	return `{"args":["` + c.ID + `"]}`
}

// joinNATS is a process of the application.
func (r *record) joinNATS(t *testing.T, at string) *nats.Conn {
	t.Helper()
	nc, err := nats.Connect(at, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	for _, kind := range []string{"connect", "event", "disconnect"} {
		_, err := nc.QueueSubscribe("ioserver.default.v1.on."+kind+".>", "app", func(m *nats.Msg) {
			_ = m.Respond([]byte(r.answer(kind, m.Data)))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return nc
}

// client is one that says who it is.
type client struct {
	*crowd.Client
	id   string
	slot int
}

// gather connects n clients, each from an address of its own.
func gather(t *testing.T, nd *node.Node, n int) []*client {
	t.Helper()
	kinds := crowd.Kinds()
	all := make([]*client, n)
	var wg sync.WaitGroup
	for i := range all {
		wg.Go(func() {
			c, err := crowd.Dial(within(t), crowd.Options{Kind: kinds[i%len(kinds)], Server: nd.Addr, From: fmt.Sprintf("127.0.%d.%d", 1+i/250, 1+i%250)})
			if err != nil {
				t.Errorf("client %d: %v", i, err)
				return
			}
			t.Cleanup(c.Close)
			all[i] = identify(t, c)
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return all
}

func identify(t *testing.T, c *crowd.Client) *client {
	t.Helper()
	answer, err := c.Ask(within(t), "whoami")
	who := &client{Client: c}
	if err == nil {
		err = json.Unmarshal(answer[0], &who.id)
	}
	if err != nil {
		t.Errorf("whoami: %v: %s", err, answer)
		return who
	}
	home, ok := sid.Claim(who.id)
	if !ok {
		t.Errorf("%q is no id", who.id)
	}
	who.slot = int(home.Slot)
	return who
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// in are those that a slot serves, and others the rest.
func in(all []*client, slot int) (these, others []*client) {
	for _, c := range all {
		if c.slot == slot {
			these = append(these, c)
		} else {
			others = append(others, c)
		}
	}
	return these, others
}

// ended waits until the ends of these have been told, in time, each once, and
// of nobody else.
func (r *record) ended(t *testing.T, reason string, these, others []*client) {
	t.Helper()
	began := time.Now()
	r.await(t, promised, fmt.Sprintf("the end of %d sockets", len(these)), func() bool {
		for _, c := range these {
			if len(r.ends[c.id]) == 0 {
				return false
			}
		}
		return true
	})
	t.Logf("%d ends are told %v later", len(these), time.Since(began))
	r.once(t, reason, these, others)
}

func (r *record) once(t *testing.T, reason string, these, others []*client) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range these {
		end := r.ends[c.id]
		if len(end) != 1 || end[0].Reason != reason || strings.Join(end[0].Rooms, " ") != c.id+" all" || string(end[0].Data) != `{"of":"`+c.id+`"}` {
			t.Errorf("the end of %s is told as %+v", c.id, end)
		}
	}
	for _, c := range others {
		if len(r.ends[c.id]) != 0 {
			t.Errorf("%s is said to have ended: %+v", c.id, r.ends[c.id])
		}
	}
	if len(r.strayed) > 0 {
		t.Errorf("ended without having been there: %v", r.strayed)
	}
}

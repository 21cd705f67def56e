package machines

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
	"github.com/ioserver/ioserver/e2e/machines/network"
)

const (
	// patience is how long anything may take that is expected soon, on machines
	// that lose what is on its way.
	patience = 60 * time.Second
	// workers of each node.
	workers = 2

	listenPort = 6001
	apiPort    = 6080
	token      = "a-token-that-nobody-guesses"
)

// newNetwork makes a network that ends with the test.
func newNetwork(t *testing.T) *network.Network {
	t.Helper()
	n, err := network.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	return n
}

func machine(t *testing.T, n *network.Network, name string) *network.Machine {
	t.Helper()
	m, err := n.Machine(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// host is a machine that runs ioserver.
type host struct {
	*network.Machine
	*node.Node
	t *testing.T
}

// runOn runs ioserver on a machine, until the end of the test. It serves clients
// and the API, and has two workers.
func runOn(t *testing.T, m *network.Machine, flags ...string) *host {
	t.Helper()
	h := &host{Machine: m, t: t}
	flags = append([]string{
		fmt.Sprintf("--workers=%d", workers), fmt.Sprintf("--listen=%s:%d", m.Addr, listenPort), fmt.Sprintf("--api-listen=%s:%d", m.Addr, apiPort),
	}, flags...)
	err := m.Do(func() (err error) {
		h.Node, err = node.Start(program, []string{"IOSERVER_API_TOKEN=" + token}, flags...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		end := h.Stop
		if pids, err := h.Processes(); err == nil && len(pids) == 0 {
			end = h.Kill // to wait for it
		}
		if err := end(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", h.Name, h.Log())
		}
	})
	return h
}

// ask gets a page of the host's API.
func (h *host) ask(path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(h.t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s:%d%s", h.Machine.Addr, apiPort, path), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s of %s: %s: %s", path, h.Name, answer.Status, b)
	}
	return b, err
}

// status is what the tests look at of GET /api/status.
type status struct {
	Nodes []struct {
		ID    uint16
		Slots []struct {
			State    string
			Server   string
			Sessions struct{ Polling, WebSocket int }
		}
	}
}

func (h *host) status() (s status, err error) {
	b, err := h.ask("/api/status")
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(b, &s)
}

// serving counts the workers that serve.
func (s status) serving() (n int) {
	for _, node := range s.Nodes {
		for _, slot := range node.Slots {
			if slot.State == "serving" {
				n++
			}
		}
	}
	return n
}

// servers counts the NATS servers that workers are connected to.
func (s status) servers() int {
	all := make(map[string]bool)
	for _, node := range s.Nodes {
		for _, slot := range node.Slots {
			all[slot.Server] = true
		}
	}
	delete(all, "")
	return len(all)
}

// sessions counts those of all nodes.
func (s status) sessions() (n int) {
	for _, node := range s.Nodes {
		for _, slot := range node.Slots {
			n += slot.Sessions.Polling + slot.Sessions.WebSocket
		}
	}
	return n
}

// together waits until each of the hosts knows all of them, all of their
// workers serve, and nobody else is there.
func together(t *testing.T, hosts ...*host) {
	t.Helper()
	for _, h := range hosts {
		h.awaitStatus(fmt.Sprintf("%d nodes are there", len(hosts)), func(s status) bool {
			return len(s.Nodes) == len(hosts) && s.serving() == workers*len(hosts)
		})
	}
}

// awaitStatus waits until the host sees the cluster so.
func (h *host) awaitStatus(what string, ok func(status) bool) {
	h.t.Helper()
	eventually(h.t, h.Name+" says: "+what, func() (bool, string) {
		s, err := h.status()
		return err == nil && ok(s), fmt.Sprintf("%+v %v", s, err)
	})
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// eventually asks again and again, for what tells nobody when it happens.
func eventually(t *testing.T, what string, happened func() (bool, string)) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		ok, state := happened()
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s: still %s", what, state)
		}
	}
}

// member is a client of a crowd, and what it has heard.
type member struct {
	*crowd.Client
	*crowd.Ledger
	ID   string `json:"id"` // the socket's
	Slot int    `json:"slot"`
	host *host
}

var websocket = crowd.Kind{Revision: 4, Transport: crowd.WebSocket}

// connect connects a client, which is closed with the test.
func connect(t *testing.T, n *network.Network, h *host, kind crowd.Kind, from int) *member {
	t.Helper()
	m := &member{Ledger: crowd.NewLedger(), host: h}
	o := crowd.Options{Kind: kind, Server: h.Node.Addr, From: n.Client(from), Event: m.Event, Down: m.Down}
	var err error
	if m.Client, err = crowd.Dial(within(t, patience), o); err != nil {
		t.Fatalf("client of %s: %v", h.Name, err)
	}
	t.Cleanup(m.Close)
	answer, err := m.Ask(within(t, patience), "whoami")
	if err == nil {
		err = json.Unmarshal(answer[0], m)
	}
	if err != nil {
		t.Fatalf("client of %s: whoami: %v", h.Name, err)
	}
	return m
}

// gather connects a client of each kind to each host.
func gather(t *testing.T, n *network.Network, hosts ...*host) (all []*member) {
	t.Helper()
	for i, h := range hosts {
		for j, kind := range crowd.Kinds() {
			all = append(all, connect(t, n, h, kind, i*len(crowd.Kinds())+j))
		}
	}
	return all
}

// speech is what some say to everybody meanwhile.
type speech struct {
	over chan struct{}
	wg   sync.WaitGroup
	mu   sync.Mutex
	said map[string]int
}

// speak has the members say a number each pause, until end.
func speak(t *testing.T, members []*member, pause time.Duration) *speech {
	s := &speech{over: make(chan struct{}), said: make(map[string]int)}
	ctx := within(t, 10*time.Minute) // steps end by themselves; this is for a server that answers nothing
	for _, m := range members {
		s.wg.Go(func() {
			said := crowd.Speak(ctx, s.over, m.Client, m.host.Name+" "+m.ID, pause)
			s.mu.Lock()
			defer s.mu.Unlock()
			for name, last := range said {
				s.said[name] = last
			}
		})
	}
	return s
}

// end returns the last number of each name.
func (s *speech) end() map[string]int {
	close(s.over)
	s.wg.Wait()
	return s.said
}

// heardAll waits until the members have heard everything said, once and in
// order, on one connection.
func heardAll(t *testing.T, members []*member, said map[string]int) {
	t.Helper()
	over := within(t, patience).Done()
	for _, m := range members {
		for name, last := range said {
			if !m.Await(over, name, last) {
				t.Errorf("%v of %s, slot %d: lost %v of %s", m.Kind(), m.host.Name, m.Slot, m.Missing(name, last), name)
			}
		}
		for _, f := range m.Faults() {
			t.Errorf("%v of %s, slot %d: %s", m.Kind(), m.host.Name, m.Slot, f)
		}
		for _, end := range m.Ends() {
			t.Errorf("%v of %s, slot %d was disconnected: %v", m.Kind(), m.host.Name, m.Slot, end.Err)
		}
	}
}

// hear waits until the members have heard so many numbers more.
func hear(t *testing.T, members []*member, more int) {
	t.Helper()
	totals := make([]int, len(members))
	for i, m := range members {
		totals[i] = m.Total() + more
	}
	for i, m := range members {
		eventually(t, fmt.Sprintf("%v of %s hears the others", m.Kind(), m.host.Name), func() (bool, string) {
			return m.Total() >= totals[i], "silent"
		})
	}
}

package machines

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/crowd"
	"github.com/ioserver/ioserver/e2e/machines/network"
)

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

// speak has the members say a number each pause, until its end.
func speak(t *testing.T, members []*member, pause time.Duration) *crowd.Speech {
	speakers := make([]crowd.Speaker, len(members))
	for i, m := range members {
		speakers[i] = crowd.Speaker{Client: m.Client, Name: m.host.Name + " " + m.ID}
	}
	return crowd.Begin(within(t, 10*time.Minute), speakers, pause) // steps end by themselves; this is for a server that answers nothing
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
		await.Eventually(t, patience, fmt.Sprintf("%v of %s hears the others", m.Kind(), m.host.Name), func() (bool, string) {
			return m.Total() >= totals[i], "silent"
		})
	}
}

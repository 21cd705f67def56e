package proxies

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/driver"
)

const (
	clients  = 200
	speakers = 12 // two of each kind
	numbers  = 20 // that each says to everybody, and each client to another
	// talking is how long the clients have; they end early.
	talking = 2 * time.Minute
)

// rest is how long clients say nothing before they talk; E2E_REST has it. Over a
// minute is longer than any time-out of the proxies.
func rest(t *testing.T) time.Duration {
	t.Helper()
	s := os.Getenv("E2E_REST")
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatalf("E2E_REST: %v", err)
	}
	return d
}

// client is what became of an official client.
type client struct {
	Name, Address string
	Seen          string // handshake.address
	PID           int    // of its worker
	Transport     string // at the end
	Faults        []string
}

// TestClientsBehindProxies has 200 official clients talk through each set-up.
// Every one connects at once and stays connected: no request is refused, no
// message lost, doubled, or out of its sender's order. Each worker of each node
// holds sessions. The addresses that the application sees are the clients' own,
// whatever they claim.
func TestClientsBehindProxies(t *testing.T) {
	for _, c := range []struct {
		name    string
		proxy   func(*testing.T, string) proxy
		file    string
		relayed bool // requests that reach another node; else none does
		kept    bool // connections carry many requests; else nginx's carry one each
	}{
		{"by address", nginx, "ip-hash.conf", false, false},
		{"in turn", nginx, "round-robin.conf", true, false},
		{"connections kept", nginx, "keepalive.conf", true, true},
		{"PROXY protocol", haproxy, "send-proxy-v2.cfg", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := c.proxy(t, c.file)
			members := serve(t, flagsIn(t, p.file))
			stop := p.run(t)
			crowd := talk(t)
			stop()
			judge(t, crowd)
			spread(t, members, crowd)
			told(t, members)
			requests := nothingRefused(t, members, p)
			if asked := counted(t, members); (asked > 0) != c.relayed {
				t.Errorf("%d requests were relayed", asked)
			}
			kept(t, members, requests, c.kept)
		})
	}
}

// TestNodesThatTrustNobody has the documented nginx before nodes that were told
// nothing of it: all is well but the addresses, which are nginx's, and what it
// says of its clients is ignored and counted.
func TestNodesThatTrustNobody(t *testing.T) {
	p := nginx(t, "ip-hash.conf")
	flags := flagsIn(t, p.file)
	trust := slices.Index(flags, "--balance") // and all behind it
	if trust < 0 {
		t.Fatalf("other flags than expected: %s", flags)
	}
	members := serve(t, flags[:trust])
	stop := p.run(t)
	crowd := talk(t)
	stop()
	for i := range crowd {
		crowd[i].Address = "127.0.0.1"
	}
	judge(t, crowd)
	told(t, members)
	nothingRefused(t, members, p)
	ignored := 0
	for _, m := range members {
		ignored += m.sum(t, "ioserver_forwarded_ignored_total")
	}
	if ignored != clients {
		t.Errorf("%d handshakes' headers were ignored", ignored)
	}
}

// talk has the clients come, talk and leave.
func talk(t *testing.T) []client {
	t.Helper()
	rest := rest(t)
	ctx, cancel := context.WithTimeout(t.Context(), rest+talking+patience)
	defer cancel()
	var outcome struct{ Clients []client }
	input := map[string]any{
		"url": "http://127.0.0.1", "clients": clients, "speakers": speakers, "numbers": numbers,
		"rest": rest.Milliseconds(), "deadline": (rest + talking).Milliseconds(),
	}
	if err := driver.Run(ctx, ".", "crowd.mjs", input, &outcome); err != nil {
		t.Fatal(err)
	}
	if len(outcome.Clients) != clients {
		t.Fatalf("%d clients", len(outcome.Clients))
	}
	return outcome.Clients
}

// shown is of how many clients the faults are told.
const shown = 5

func judge(t *testing.T, crowd []client) {
	t.Helper()
	wrong := 0
	for _, c := range crowd {
		faults := c.Faults
		if c.Seen != c.Address {
			faults = append(faults, fmt.Sprintf("comes from %s and is seen as %s", c.Address, c.Seen))
		}
		if len(faults) == 0 {
			continue
		}
		if wrong++; wrong <= shown {
			t.Errorf("%s: %q", c.Name, faults[:min(len(faults), shown)])
		}
	}
	if wrong > shown {
		t.Errorf("%d clients are not well", wrong)
	}
}

// spread looks where the sessions are.
func spread(t *testing.T, members []*member, crowd []client) {
	t.Helper()
	sessions := make(map[int]int)
	for _, c := range crowd {
		sessions[c.PID]++
	}
	var table []string
	for _, m := range members {
		for slot := range workers {
			pid, err := m.Worker(slot)
			if err != nil {
				t.Error(err)
			}
			if sessions[pid] == 0 {
				t.Errorf("slot %d of the node at %s holds no session", slot, m.port)
			}
			table = append(table, fmt.Sprintf("%s/%d: %d", m.port, slot, sessions[pid]))
			delete(sessions, pid)
		}
	}
	delete(sessions, 0) // clients without a place have told so
	if len(sessions) > 0 {
		t.Errorf("sessions in processes that are no workers: %v", sessions)
	}
	t.Logf("sessions by node and slot: %s", strings.Join(table, ", "))
}

// nothingRefused looks for refusals at both sides. The nodes say "Session ID
// unknown" to nobody, and nginx passes on no error; nor does a client hang up in
// the middle of a request, which it notes as one (499). It returns how many
// requests nginx has passed on.
func nothingRefused(t *testing.T, members []*member, p proxy) (requests int) {
	t.Helper()
	for _, m := range members {
		for name, value := range m.metrics(t) {
			refusal := strings.HasPrefix(name, "ioserver_handshake_errors_total") || strings.HasPrefix(name, "ioserver_master_connections_refused") ||
				name == "ioserver_master_proxy_headers_malformed_total"
			if refusal && value > 0 {
				t.Errorf("node at %s: %s is %v", m.port, name, value)
			}
		}
	}
	if p.access == "" {
		return 0
	}
	log, err := os.ReadFile(p.access)
	if err != nil {
		t.Fatal(err)
	}
	statuses, refused := make(map[string]int), 0
	for line := range strings.Lines(string(log)) {
		status, _, _ := strings.Cut(line, " ")
		statuses[status]++
		requests++
		if status >= "400" {
			if refused++; refused <= shown {
				t.Errorf("nginx: %s", line)
			}
		}
	}
	t.Logf("nginx's answers by status: %v", statuses)
	return requests
}

// kept compares nginx's requests with the connections that workers took, those of
// this test's own questions among them.
func kept(t *testing.T, members []*member, requests int, kept bool) {
	t.Helper()
	if requests == 0 {
		return
	}
	connections := 0
	for _, m := range members {
		connections += m.sum(t, "ioserver_connections_accepted_total")
	}
	t.Logf("%d connections for %d requests", connections, requests)
	if (connections < requests) != kept {
		t.Errorf("connections are kept: %v", !kept)
	}
}

// counted sums up what was passed between workers: polls and posts.
func counted(t *testing.T, members []*member) (asked int) {
	t.Helper()
	sums := make(map[string]int)
	for _, m := range members {
		for _, what := range []string{"relays_asked", "relays_lost", "relay_frames_dropped", "handovers", "tunnels"} {
			sums[what] += m.sum(t, "ioserver_"+what+"_total")
		}
	}
	for _, none := range []string{"relays_lost", "relay_frames_dropped"} {
		if sums[none] > 0 {
			t.Errorf("%s: %d", none, sums[none])
		}
	}
	t.Logf("passed on: %v", sums)
	return sums["relays_asked"]
}

package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fasthttp/websocket"
	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/crowd"
)

// status is what the tests want of GET /api/status.
type status struct {
	Serving bool
	Bus     struct {
		Connected bool
		Server    string
		Peers     int
	}
	Nodes []struct {
		ID      int
		Boot    string
		Self    bool
		Host    string
		Servers []string
		Slots   []struct {
			Slot     int
			State    string
			PID      int
			Sessions struct{ Polling, WebSocket int }
			Relayed  struct{ Machine, Cluster int }
			Tunnels  int
			Server   string
		}
	}
}

// shows is what the command says, and with what exit status.
func shows(t *testing.T, p *place) (s status, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "status", "--json", "--api=unix:"+p.unix)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		t.Fatalf("%v: %q, %q", err, out.String(), errs.String())
	}
	return s, cmd.ProcessState.ExitCode()
}

// until asks both machines, by the command, until each says so.
func until(t *testing.T, what string, places []*place, so func(self int, s status, code int) string) {
	t.Helper()
	await.Eventually(t, patience, what, func() (bool, string) {
		for i, p := range places {
			s, code := shows(t, p)
			if why := so(i, s, code); why != "" {
				return false, fmt.Sprintf("by machine %d: %s in %+v", i, why, s)
			}
		}
		return true, ""
	})
}

// Two machines show each other: who they are, every worker's process, and the
// clients of each, what each passes on to the other. A worker that is killed is seen as that from both, and so is
// its successor.
func TestStatusOfTwoMachines(t *testing.T) {
	t.Parallel()
	crash := filepath.Join(t.TempDir(), "crash")
	_, port := runNATS(t, natsserver.RANDOM_PORT)
	nats := fmt.Sprintf("--nats=nats://127.0.0.1:%d", port)
	places := []*place{serve(t, []string{"E2E_CRASH=" + crash}, nats, "--workers=2"), serve(t, nil, nats, "--workers=2")}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	until(t, "both machines serve", places, func(_ int, s status, code int) string {
		switch {
		case len(s.Nodes) != 2 || !s.Serving || code != 0:
			return "not all serve"
		case !s.Bus.Connected || s.Bus.Server == "" || s.Bus.Peers != 3:
			return "the bus"
		case s.Nodes[0].Self == s.Nodes[1].Self || s.Nodes[0].ID == s.Nodes[1].ID || s.Nodes[0].Boot == s.Nodes[1].Boot:
			return "not two machines"
		}
		for _, n := range s.Nodes {
			if n.Host != host || len(n.Servers) != 1 || n.Servers[0] != s.Bus.Server {
				return "host or server"
			}
			for i, slot := range n.Slots {
				if slot.Slot != i || slot.PID <= 1 || slot.Server != s.Bus.Server {
					return "a slot"
				}
			}
		}
		return ""
	})
	for i, transport := range []crowd.Transport{crowd.WebSocket, crowd.Polling} {
		places[i].gather(4, crowd.Kind{Revision: 4, Transport: transport})
	}
	until(t, "clients of both", places, func(self int, s status, _ int) string {
		for _, n := range s.Nodes {
			p, w := 0, 0
			for _, slot := range n.Slots {
				p, w = p+slot.Sessions.Polling, w+slot.Sessions.WebSocket
			}
			if first := n.Self == (self == 0); first && (w != 4 || p != 0) || !first && (w != 0 || p != 4) {
				return fmt.Sprintf("%d polling, %d websocket", p, w)
			}
		}
		return ""
	})
	elsewhere(t, places[0], places[1])
	until(t, "what the second machine passes on to the first", places, func(self int, s status, _ int) string {
		for _, n := range s.Nodes {
			cluster, tunnels := 0, 0
			for _, slot := range n.Slots {
				cluster, tunnels = cluster+slot.Relayed.Cluster, tunnels+slot.Tunnels
			}
			if second := n.Self == (self == 1); second && (cluster != 1 || tunnels != 1) || !second && (cluster != 0 || tunnels != 0) {
				return fmt.Sprintf("%d relayed, %d tunnels", cluster, tunnels)
			}
		}
		return ""
	})
	if err := os.WriteFile(crash, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	pid, err := places[0].Worker(1)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	until(t, "a worker is not there", places, func(self int, s status, code int) string {
		for _, n := range s.Nodes {
			if killed := n.Self == (self == 0); killed == (n.Slots[1].State == "serving") || n.Slots[0].State != "serving" {
				return "states"
			}
		}
		if s.Serving || code != 1 {
			return "all serve"
		}
		return ""
	})
	if err := os.Remove(crash); err != nil {
		t.Fatal(err)
	}
	until(t, "its successor is", places, func(self int, s status, code int) string {
		for _, n := range s.Nodes {
			if n.Self == (self == 0) && n.Slots[1].PID == pid {
				return "still the old one"
			}
		}
		if !s.Serving || code != 0 {
			return "not all serve"
		}
		return ""
	})
}

// elsewhere opens a session at one machine, and brings a POST and the upgrade to
// another.
func elsewhere(t *testing.T, home, other *place) {
	t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	say := func(method, url, body, want string) string {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK || !strings.HasPrefix(string(b), want) {
			t.Fatalf("%s: %d %q, %v", method, answer.StatusCode, b, err)
		}
		return string(b)
	}
	opened := say("GET", "http://"+home.Addr+"/socket.io/?EIO=4&transport=polling", "", `0{"sid":"`)
	id, _, _ := strings.Cut(strings.TrimPrefix(opened, `0{"sid":"`), `"`)
	say("POST", "http://"+other.Addr+"/socket.io/?EIO=4&transport=polling&sid="+id, "40", "ok")
	ws, answer, err := websocket.DefaultDialer.Dial("ws://"+other.Addr+"/socket.io/?EIO=4&transport=websocket&sid="+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	_ = ws.SetReadDeadline(time.Now().Add(patience))
	if err := ws.WriteMessage(websocket.TextMessage, []byte("2probe")); err != nil {
		t.Fatal(err)
	}
	if _, b, err := ws.ReadMessage(); err != nil || string(b) != "3probe" {
		t.Fatalf("%q, %v", b, err)
	}
}

// A machine that is gone all at once is forgotten within 10 seconds.
func TestStatusWithoutAMachine(t *testing.T) {
	t.Parallel()
	_, port := runNATS(t, natsserver.RANDOM_PORT)
	nats := fmt.Sprintf("--nats=nats://127.0.0.1:%d", port)
	left := []*place{serve(t, nil, nats, "--workers=2")}
	gone, err := node.Start(program, nil, nats, "--workers=2")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := gone.Kill(); err != nil {
			t.Error(err)
		}
	})
	until(t, "both", left, func(_ int, s status, code int) string {
		if len(s.Nodes) != 2 || !s.Serving || code != 0 {
			return "not two that serve"
		}
		return ""
	})
	began := time.Now()
	if err := gone.Kill(); err != nil {
		t.Fatal(err)
	}
	until(t, "one is left", left, func(_ int, s status, code int) string {
		if len(s.Nodes) != 1 || !s.Nodes[0].Self || code != 0 {
			return "the other is not forgotten"
		}
		return ""
	})
	t.Logf("forgotten after %v", time.Since(began))
}

package api

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/nats-io/nats-server/v2/server"
)

// ready waits until /readyz says this, whichever worker is asked.
func (p *place) ready(what string, wanted int, says string) {
	p.t.Helper()
	await.Eventually(p.t, patience, what, func() (bool, string) {
		for range workers {
			status, body := p.get("/readyz")
			if status != wanted || !strings.Contains(body, says) {
				return false, fmt.Sprint(status, " ", body)
			}
		}
		return true, ""
	})
}

// While a slot has no worker the machine is not ready, which is told by slot;
// it is again as soon as there is one. Everybody who is asked lives.
func TestReadyWhileAWorkerIsKilled(t *testing.T) {
	t.Parallel()
	crash := filepath.Join(t.TempDir(), "crash")
	p := serve(t, []string{"E2E_CRASH=" + crash})
	p.ready("of all slots", 200, `"ready":true,"slots":8`)
	if err := os.WriteFile(crash, []byte("3"), 0o600); err != nil {
		t.Fatal(err)
	}
	pid, err := p.Worker(3)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	p.ready("not ready without a worker", 503, `"missing":[{"slot":3,"why":"the worker is `)
	if status, body := p.get("/healthz"); status != 200 {
		t.Errorf("health: %d %s", status, body)
	}
	if err := os.Remove(crash); err != nil {
		t.Fatal(err)
	}
	p.ready("ready again", 200, `"ready":true`)
}

// runNATS runs a NATS server of the user's.
func runNATS(t *testing.T, port int) (s *server.Server, at int) {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true})
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
	_, err = fmt.Sscanf(s.Addr().String(), "127.0.0.1:%d", &at)
	if err != nil {
		t.Fatal(err)
	}
	return s, at
}

// While NATS is away the machine is not ready: its workers do not hear each
// other.
func TestReadyWhileNATSIsAway(t *testing.T) {
	t.Parallel()
	nats, port := runNATS(t, server.RANDOM_PORT)
	p := serve(t, nil, fmt.Sprintf("--nats=nats://127.0.0.1:%d", port), "--workers=2")
	nats.Shutdown()
	nats.WaitForShutdown()
	p.ready("not ready without NATS", 503, `"missing":[{"slot":0,"why":"the worker is not connected to the bus"},{"slot":1,`)
	dial(t, "tcp", p.tcp).emits(`{"event":"m"}`)
	runNATS(t, port)
	p.ready("ready again", 200, `"ready":true`)
}

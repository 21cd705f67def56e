package machines

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
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
	return runProgram(t, program, m, flags...)
}

func runProgram(t *testing.T, program string, m *network.Machine, flags ...string) *host {
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

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

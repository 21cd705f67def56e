package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/ioserver/ioserver/e2e/server"
)

// natsCommand is the first argument of a process that is a NATS server, as users
// have them beside their machines.
const natsCommand = "nats"

// serveNATS serves at a port of the system's choice until a signal.
func serveNATS(out io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true})
	if err != nil {
		return err
	}
	s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	if !s.ReadyForConnections(patience) {
		return errors.New("the NATS server does not start")
	}
	fmt.Fprintf(out, "listening %d\n", s.Addr().(*net.TCPAddr).Port)
	<-ctx.Done()
	return nil
}

// machines are nodes that share a NATS server, all on this machine.
type machines struct {
	nodes []*target
	bus   *target
}

// machines starts a NATS server and nodes with two workers each, and waits until
// each worker knows of all.
func (b *bench) machines(nodes int) (*machines, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s, err := server.Start(server.Command{Name: "nats-server", Args: []string{self, natsCommand}, Ready: listening})
	if err != nil {
		return nil, err
	}
	m := &machines{bus: &target{pid: s.PID(), end: s.Stop}}
	b.running = append(b.running, m.bus)
	for range nodes {
		t, err := b.demo(machineWorkers, "--nats=nats://"+s.Addr)
		if err != nil {
			return nil, err
		}
		m.nodes = append(m.nodes, t)
	}
	for _, t := range m.nodes {
		if err := t.knows(nodes); err != nil {
			return nil, err
		}
	}
	return m, nil
}

const machineWorkers = 2

// knows waits until each worker of the node says that so many nodes serve. Each
// question goes to another worker, in turn.
func (t *target) knows(nodes int) error {
	agreed := 0
	return poll(func() (bool, error) {
		status, body, err := t.ask("/api/status")
		if err != nil || status != http.StatusOK {
			return false, errors.Join(err, fmt.Errorf("status: %d %.80s", status, body))
		}
		var s struct {
			Serving bool
			Nodes   []struct{}
		}
		if err := json.Unmarshal([]byte(body), &s); err != nil {
			return false, fmt.Errorf("status: %w", err)
		}
		if !s.Serving || len(s.Nodes) != nodes {
			agreed = 0
			return false, nil
		}
		agreed++
		return agreed == 2*machineWorkers, nil
	})
}

// all are the processes of a cluster of machines, the bus among them.
func (m *machines) all() []*target { return append([]*target{m.bus}, m.nodes...) }

// spentBy is the processor time of all processes of some servers while f runs.
func spentBy(servers []*target, f func() error) (time.Duration, error) {
	cpu := func() (sum time.Duration, err error) {
		for _, t := range servers {
			one, oneErr := t.cpu()
			sum, err = sum+one, errors.Join(err, oneErr)
		}
		return sum, err
	}
	before, err := cpu()
	if err != nil {
		return 0, err
	}
	if err := f(); err != nil {
		return 0, err
	}
	after, err := cpu()
	return after - before, err
}

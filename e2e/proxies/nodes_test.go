package proxies

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/ioserver/ioserver/e2e/await"
	"github.com/ioserver/ioserver/e2e/cluster/node"
)

const (
	// patience is how long anything may take that is expected at once.
	patience = 30 * time.Second
	workers  = 2 // a node
)

// ports are those of the nodes, in all files.
var ports = []string{"6001", "6002", "6003", "6004"}

// member is one of the four nodes.
type member struct {
	*node.Node
	port string
	api  string // path of its Unix socket
	last string // metrics that are not 0, as they were told last
}

// flagsIn reads the command that a file's comment gives for its nodes, without
// the program's name.
func flagsIn(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if words := strings.Fields(lines.Text()); len(words) > 2 && words[0] == "#" && words[1] == "ioserver" {
			return words[2:]
		}
	}
	t.Fatalf("%s does not say how its nodes are started", file)
	return nil
}

// runNATS runs the NATS server that the files' nodes share, until the test's end.
func runNATS(t *testing.T) {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: 4222, NoSigs: true, NoLog: true})
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
}

// serve starts the four nodes with these flags, which are the first one's, and
// returns when all of their workers hear each other.
func serve(t *testing.T, flags []string) []*member {
	t.Helper()
	runNATS(t)
	members := make([]*member, len(ports))
	var wg sync.WaitGroup
	for i, port := range ports {
		wg.Go(func() { members[i] = start(t, port, flags) })
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, m := range members {
		await.Eventually(t, patience, "the workers hear each other", func() (bool, string) {
			heard := m.sum(t, "ioserver_bus_peers")
			return heard == workers*(workers*len(ports)-1), fmt.Sprint("hearing ", heard)
		})
	}
	return members
}

func start(t *testing.T, port string, flags []string) *member {
	m := &member{port: port, api: filepath.Join(t.TempDir(), "api")}
	own := []string{fmt.Sprintf("--workers=%d", workers), "--api-listen=unix:" + m.api}
	for _, f := range flags {
		own = append(own, strings.Replace(f, "127.0.0.1:"+ports[0], "127.0.0.1:"+port, 1))
	}
	n, err := node.Start(program, nil, own...)
	if err != nil {
		t.Errorf("node at %s: %v", port, err)
		return nil
	}
	m.Node = n
	t.Cleanup(func() {
		end := n.Stop
		if pids, err := n.Processes(); err == nil && len(pids) == 0 {
			end = n.Kill // to wait for it
		}
		if err := end(); err != nil {
			t.Errorf("node at %s: %v", port, err)
		}
		if t.Failed() {
			t.Logf("log of the node at %s, from level info:\n%s\nand what it last counted:\n%s", port, m.said(), m.last)
		}
	})
	return m
}

// said is what the node has logged, but for level debug.
func (m *member) said() string {
	var b strings.Builder
	for _, l := range m.Lines(func(l node.Line) bool { return l.Fields["level"] != "DEBUG" }) {
		b.WriteString(l.Text + "\n")
	}
	return b.String()
}

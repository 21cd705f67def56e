package machines

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/driver"
	"github.com/ioserver/ioserver/e2e/machines/network"
)

// company are official clients of every version and mode on some hosts, which
// talk all the time: see clients/steady.mjs.
type company struct {
	t       *testing.T
	cmd     *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Reader
	stderr  strings.Builder
}

// The ways in which a company talks. What is for one socket of a machine that has
// been forgotten is lost: nobody knows whose id it is.
var (
	allWays = []string{"everybody", "room", "one"}
	toMany  = []string{"everybody", "room"}
)

// gatherOfficial connects a company, which talks from now on.
func gatherOfficial(t *testing.T, n *network.Network, ways []string, hosts ...*host) *company {
	t.Helper()
	var urls, addresses []string
	for _, h := range hosts {
		urls = append(urls, "http://"+h.Node.Addr)
	}
	for i := range versions * len(hosts) {
		addresses = append(addresses, n.Client(i))
	}
	input, err := json.Marshal(map[string]any{
		"urls": urls, "addresses": addresses, "pause": 200, "ways": ways, "deadline": patience / time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &company{t: t, cmd: exec.Command("node", filepath.Join("clients", "steady.mjs"), string(input))}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	c.cmd.Stderr = &c.stderr
	if c.orders, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.answers = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c.cmd.ProcessState == nil {
			_ = c.cmd.Process.Kill()
			_ = c.cmd.Wait() // of the signal
		}
	})
	c.answer("connects", nil)
	return c
}

// hear waits until all clients of these hosts, by number, have heard so many
// messages more.
func (c *company) hear(more int, hosts ...int) {
	c.t.Helper()
	c.order(map[string]any{"hear": more, "on": hosts})
	c.answer(fmt.Sprintf("hears %d more on %v", more, hosts), nil)
}

// end ends the talk, and reports who has missed something, or heard it twice or
// out of order, or was disconnected.
func (c *company) end() {
	c.t.Helper()
	c.order(map[string]any{"end": true})
	var outcome struct {
		Results              []driver.Result
		Clients, Said, Heard int
	}
	c.answer("has heard everything", &outcome)
	if err := c.cmd.Wait(); err != nil {
		c.t.Errorf("official clients: %v\n%s", err, c.stderr.String())
	}
	c.t.Logf("%d official clients: %d messages said, %d heard", outcome.Clients, outcome.Said, outcome.Heard)
	driver.Report(c.t, outcome.Results)
}

func (c *company) order(what any) {
	c.t.Helper()
	line, err := json.Marshal(what)
	if err == nil {
		_, err = c.orders.Write(append(line, '\n'))
	}
	if err != nil {
		c.t.Fatalf("official clients: %v\n%s", err, c.stderr.String())
	}
}

// answer waits for a line, longer than the clients themselves wait for anything.
func (c *company) answer(what string, into any) {
	c.t.Helper()
	late := time.AfterFunc(patience+patience/2, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	line, err := c.answers.ReadBytes('\n')
	if err == io.EOF && len(line) > 0 { // the last has no end
		err = nil
	}
	if err == nil && into != nil {
		err = json.Unmarshal(line, into)
	}
	if err != nil {
		c.t.Fatalf("official clients: %s: %v\n%s", what, err, c.stderr.String())
	}
}

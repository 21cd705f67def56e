package node

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/procfs"
)

const (
	startTimeout = 30 * time.Second
	// endTimeout is longer than any shutdown timeout in use.
	endTimeout = 30 * time.Second
)

// Node is a running ioserver. Its starter ends it, by Stop or Kill.
type Node struct {
	Addr string // host:port

	cmd     *exec.Cmd
	marker  string // the variable that its processes have
	journal journal
	exited  chan struct{}
}

var number atomic.Int64

var banner = regexp.MustCompile(`serves \S+ on .*?(\d+\.\d+\.\d+\.\d+:\d+)`)

// Start starts the program with these flags, and returns when it serves. It
// listens at a port of the system's choice unless the flags say otherwise, and
// logs as JSON at level debug. env is added to the environment.
func Start(program string, env []string, flags ...string) (*Node, error) {
	n, err := Launch(program, env, flags...)
	if err != nil {
		return nil, err
	}
	line, err := n.Await(startTimeout, func(l Line) bool { return banner.MatchString(l.Text) })
	if err != nil {
		_ = n.Kill()
		return nil, fmt.Errorf("not ready: %w\n%s", err, n.Log())
	}
	n.Addr = banner.FindStringSubmatch(line.Text)[1]
	return n, nil
}

// Launch is Start that does not wait.
func Launch(program string, env []string, flags ...string) (*Node, error) {
	if !slices.ContainsFunc(flags, func(f string) bool { return strings.HasPrefix(f, "--listen") }) {
		flags = append([]string{"--listen=127.0.0.1:0"}, flags...)
	}
	n := &Node{exited: make(chan struct{}), marker: fmt.Sprintf("E2E_NODE=%d.%d", os.Getpid(), number.Add(1))}
	n.journal.more = make(chan struct{})
	n.cmd = exec.Command(program, append([]string{"--log-format=json", "--log-level=debug"}, flags...)...)
	n.cmd.Env = append(append(os.Environ(), n.marker), env...)
	n.cmd.Stdout, n.cmd.Stderr = &n.journal, &n.journal
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := n.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = n.cmd.Wait() // until nobody holds its output any more; ProcessState says the rest
		close(n.exited)
	}()
	return n, nil
}

// PID is the master's.
func (n *Node) PID() int { return n.cmd.Process.Pid }

// Signal sends the master a signal.
func (n *Node) Signal(s syscall.Signal) error { return n.cmd.Process.Signal(s) }

// Processes are those that live, the master among them.
func (n *Node) Processes() ([]int, error) { return procfs.WithVariable(n.marker) }

// Await returns the first line that matches, from the past or to come. It
// fails at the end of all processes, or of the time.
func (n *Node) Await(timeout time.Duration, match func(Line) bool) (Line, error) {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	exited := n.exited
	for seen := 0; ; {
		lines, more := n.journal.since(seen)
		for _, l := range lines {
			if match(l) {
				return l, nil
			}
		}
		seen += len(lines)
		select {
		case <-more:
		case <-exited:
			if late, _ := n.journal.since(seen); len(late) == 0 {
				return Line{}, errors.New("it has ended")
			}
			exited = nil
		case <-deadline.C:
			return Line{}, fmt.Errorf("no such line within %v", timeout)
		}
	}
}

// Lines are those that match so far.
func (n *Node) Lines(match func(Line) bool) []Line {
	lines, _ := n.journal.since(0)
	return slices.DeleteFunc(lines, func(l Line) bool { return !match(l) })
}

// Log is everything written so far.
func (n *Node) Log() string {
	var b strings.Builder
	for _, l := range n.Lines(func(Line) bool { return true }) {
		b.WriteString(l.Text + "\n")
	}
	return b.String()
}

// Exit waits until all processes have ended, and returns the master's exit
// status, or -1 when it died of a signal.
func (n *Node) Exit(timeout time.Duration) (int, error) {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	select {
	case <-n.exited:
		return n.cmd.ProcessState.ExitCode(), nil
	case <-deadline.C:
		return 0, fmt.Errorf("processes have not ended within %v", timeout)
	}
}

// Stop asks the node to end; it must do so with status 0, and leave nothing.
func (n *Node) Stop() error {
	if err := n.Signal(syscall.SIGTERM); err != nil {
		return errors.Join(fmt.Errorf("stop: %w", err), n.Kill())
	}
	status, err := n.Exit(endTimeout)
	if err == nil && status != 0 {
		err = fmt.Errorf("exit status %d", status)
	}
	left, leftErr := n.Processes()
	if len(left) > 0 {
		err = errors.Join(err, fmt.Errorf("processes left behind: %v", left))
	}
	return errors.Join(err, leftErr, n.Kill())
}

// Kill ends whatever is left of the node, and waits for it.
func (n *Node) Kill() error {
	deadline := time.Now().Add(endTimeout)
	for {
		pids, err := n.Processes()
		if err != nil || len(pids) == 0 {
			_, exitErr := n.Exit(endTimeout)
			return errors.Join(err, exitErr)
		}
		for _, pid := range pids {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				return err
			}
		}
		for _, pid := range pids {
			if err := procfs.AwaitEnd(pid, deadline); err != nil {
				return err
			}
		}
	}
}

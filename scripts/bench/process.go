package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"time"
)

// How long a process may take.
const (
	startLimit = 60 * time.Second
	stopLimit  = 20 * time.Second
)

// command has a process that is asked to end with the context, is made to when it
// does not within stopLimit, and ends with this one whatever happens to it. It leads
// a group, so that a terminal's interrupt reaches nobody before this process.
func command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = stopLimit
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return c
}

// process is a server.
type process struct {
	cmd    *exec.Cmd
	cancel context.CancelFunc
	ended  chan struct{} // closed when all that could write to its log is gone
}

// start runs a server until its output has the pattern, and returns what the
// pattern's groups are. All output goes to the log. The caller stops it, but on error.
func start(ctx context.Context, log string, env []string, pattern *regexp.Regexp, args ...string) (*process, []string, error) {
	file, err := os.Create(log)
	if err != nil {
		return nil, nil, err
	}
	out, in, err := os.Pipe()
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &process{cmd: command(ctx, args...), cancel: cancel, ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = in, in
	err = p.cmd.Start()
	if err = errors.Join(err, in.Close()); err != nil {
		cancel()
		return nil, nil, errors.Join(err, out.Close(), file.Close())
	}
	found := make(chan []string, 1)
	go p.read(out, file, pattern, found)
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	select {
	case groups := <-found:
		return p, groups, nil
	case <-p.ended:
		err = fmt.Errorf("it ended before it served: see %s", log)
	case <-limit.C:
		err = fmt.Errorf("it did not serve within %v: see %s", startLimit, log)
	case <-ctx.Done():
		err = ctx.Err()
	}
	return nil, nil, errors.Join(err, p.stop())
}

// read copies output to the log until nobody is left who writes.
func (p *process) read(out, file *os.File, pattern *regexp.Regexp, found chan<- []string) {
	defer close(p.ended)
	defer file.Close()
	defer out.Close()
	text, told := "", false
	for r := bufio.NewReader(out); ; {
		line, err := r.ReadString('\n')
		_, _ = io.WriteString(file, line) // a full disk must not stop the server
		if !told {
			text += line
			if m := pattern.FindStringSubmatch(text); m != nil {
				found <- m[1:]
				told, text = true, ""
			}
		}
		if err != nil {
			return
		}
	}
}

// stop ends the server and all of its group, and waits until they are gone.
func (p *process) stop() error {
	p.cancel()
	err := p.cmd.Wait()
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // mostly nobody is left
	<-p.ended
	var exit *exec.ExitError
	if errors.Is(err, context.Canceled) || errors.As(err, &exit) {
		return nil // how it took being ended is no figure
	}
	return err
}

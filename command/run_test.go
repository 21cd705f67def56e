package command

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const patience = 20 * time.Second

// run runs the command to its end and returns what it wrote and its exit
// status.
func run(t *testing.T, env []string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", args...)
	cmd.Env = append(environment(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("%q did not end:\n%s%s", args, out.String(), errs.String())
	}
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// environment makes the test binary the command, and a race detector's exit
// quick.
func environment() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "IOSERVER_") {
			env = append(env, v)
		}
	}
	return append(env, commandEnv+"=1", "GORACE=atexit_sleep_ms=0")
}

// process is a running command.
type process struct {
	cmd   *exec.Cmd
	mu    sync.Mutex
	text  strings.Builder // standard output and standard error, by line
	lines chan string
	ended chan struct{}
}

// start starts the command; it is killed with the test, if it has not ended.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	return startCommand(t, exec.Command("/proc/self/exe", args...))
}

// startCommand starts what may have an environment or files of its own.
func startCommand(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, lines: make(chan string, 10_000), ended: make(chan struct{})}
	p.cmd.Env = append(environment(), cmd.Env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = write, write
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	go func() {
		defer close(p.ended)
		defer close(p.lines)
		p.read(read)
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.ended
		if t.Failed() {
			t.Logf("output of %q:\n%s", cmd.Args, p.output())
		}
	})
	return p
}

// read takes lines until the last process of the command has closed its output.
func (p *process) read(r io.ReadCloser) {
	defer r.Close()
	for s := bufio.NewScanner(r); s.Scan(); {
		p.mu.Lock()
		p.text.WriteString(s.Text() + "\n")
		p.mu.Unlock()
		p.lines <- s.Text()
	}
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// await returns the first line from now on that contains text.
func (p *process) await(t *testing.T, text string) string {
	t.Helper()
	return p.awaitAll(t, text)[0]
}

// awaitAll returns, for each of the texts, the first line from now on that
// contains it. They may come in any order.
func (p *process) awaitAll(t *testing.T, texts ...string) []string {
	t.Helper()
	found := make([]string, len(texts))
	deadline := time.After(patience)
	for missing := len(texts); missing > 0; {
		select {
		case line, ok := <-p.lines:
			if !ok {
				t.Fatalf("ended without saying all of %q, but %q", texts, found)
			}
			for i, text := range texts {
				if found[i] == "" && strings.Contains(line, text) {
					found[i] = line
					missing--
				}
			}
		case <-deadline:
			t.Fatalf("does not say all of %q, but %q", texts, found)
		}
	}
	return found
}

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// wait returns the exit status, when all of its processes have closed their
// output: none of them is left.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatal("does not end")
		return -1
	}
}

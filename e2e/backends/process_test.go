package backends

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is one that ends with its test.
type process struct {
	pid   int
	dir   string
	input io.Writer

	mu     sync.Mutex
	output bytes.Buffer
	more   chan struct{} // closed and replaced with each output
}

// start starts a process in a folder.
func start(t *testing.T, dir string, env []string, args ...string) *process {
	t.Helper()
	p := &process{more: make(chan struct{})}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = p, p
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	input, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.pid, p.dir, p.input = cmd.Process.Pid, dir, input
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // its test may have
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s says:\n%s", args, p.output.String())
		}
	})
	return p
}

// Write takes what the process says.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.output.Write(b)
	close(p.more)
	p.more = make(chan struct{})
	return len(b), nil
}

// says returns when the process has said it.
func (p *process) says(t *testing.T, text string) {
	t.Helper()
	for late := time.After(patience); ; {
		p.mu.Lock()
		said, more := strings.Contains(p.output.String(), text), p.more
		p.mu.Unlock()
		if said {
			return
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("it does not say %q", text)
		}
	}
}

// types is a line of input.
func (p *process) types(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(p.input, text+"\n"); err != nil {
		t.Fatal(err)
	}
}

// answers returns when something takes connections at the address.
func answers(t *testing.T, addr string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); <-time.After(10 * time.Millisecond) {
		if c, err := net.Dial("tcp", addr); err == nil {
			_ = c.Close()
			return
		}
	}
	t.Fatalf("nobody answers at %s", addr)
}

// free is an address of which nobody knows.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

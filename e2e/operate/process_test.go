package operate

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/procfs"
)

// patience is how long anything may take that is expected at once.
const patience = 30 * time.Second

// setup is how a process is started.
type setup struct {
	program string     // "": the test application
	env     []string   // added to the environment
	files   []*os.File // descriptors from 3 on, as LISTEN_FDS
	names   string     // LISTEN_FDNAMES
	stdout  *os.File   // nil: into the process's lines
	stderr  *os.File   // nil: the same
	wrap    []string   // program and arguments that start it
	flags   []string
}

// process is a running ioserver. It has ended with its test.
type process struct {
	cmd    *exec.Cmd
	marker string // the variable that its processes have
	exited chan struct{}

	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed and replaced at every line
}

var number atomic.Int64

// selfListening becomes the program: only the process that is meant knows its
// own number.
const selfListening = `LISTEN_PID=$$; export LISTEN_PID; exec "$0" "$@"`

// start starts an ioserver with two workers, and does not wait for it.
func start(t *testing.T, s setup) *process {
	t.Helper()
	p := &process{marker: fmt.Sprintf("E2E_OPERATE=%d.%d", os.Getpid(), number.Add(1)), exited: make(chan struct{}), more: make(chan struct{})}
	if s.program == "" {
		s.program = program
	}
	flags := append([]string{"--workers=2", "--log-format=json"}, s.flags...)
	if s.files == nil {
		args := append(append(s.wrap, s.program), flags...)
		p.cmd = exec.Command(args[0], args[1:]...)
	} else {
		p.cmd = exec.Command("/bin/sh", append([]string{"-c", selfListening, s.program}, flags...)...)
		s.env = append(s.env, fmt.Sprintf("LISTEN_FDS=%d", len(s.files)), "LISTEN_FDNAMES="+s.names)
	}
	p.cmd.ExtraFiles = s.files
	p.cmd.Env = append(append(os.Environ(), p.marker), s.env...)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if s.stdout != nil {
		p.cmd.Stdout = s.stdout
	}
	if s.stderr != nil {
		p.cmd.Stderr = s.stderr
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	var reader sync.WaitGroup
	reader.Go(func() { p.read(r) })
	go func() {
		defer close(p.exited)
		_ = p.cmd.Wait()
		reader.Wait()
	}()
	t.Cleanup(func() { p.end(t) })
	return p
}

func (p *process) read(r io.ReadCloser) {
	defer r.Close()
	b := bufio.NewScanner(r)
	b.Buffer(nil, 1<<20)
	for b.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, b.Text())
		close(p.more)
		p.more = make(chan struct{})
		p.mu.Unlock()
	}
}

// end ends what is left.
func (p *process) end(t *testing.T) {
	for range 100 {
		pids, err := procfs.WithVariable(p.marker)
		if err != nil {
			t.Error(err)
			break
		}
		if len(pids) == 0 {
			break
		}
		for _, pid := range pids {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				t.Error(err)
			}
		}
		for _, pid := range pids {
			if err := procfs.AwaitEnd(pid, time.Now().Add(patience)); err != nil {
				t.Error(err)
			}
		}
	}
	<-p.exited
	if t.Failed() {
		t.Logf("output:\n%s", strings.Join(p.output(), "\n"))
	}
}

func (p *process) output() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.lines...)
}

func (p *process) pid() int { return p.cmd.Process.Pid }

func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// await returns the first line, from the past or to come, that matches.
func (p *process) await(t *testing.T, what string, match func(string) bool) string {
	t.Helper()
	late := time.After(patience)
	for seen := 0; ; {
		p.mu.Lock()
		lines, more := p.lines[seen:], p.more
		p.mu.Unlock()
		for _, l := range lines {
			if match(l) {
				return l
			}
		}
		seen += len(lines)
		select {
		case <-more:
		case <-late:
			t.Fatalf("no line with %s", what)
		}
	}
}

func (p *process) awaitText(t *testing.T, text string) string {
	t.Helper()
	return p.await(t, text, func(l string) bool { return strings.Contains(l, text) })
}

// serves waits for the banner and returns the TCP address in it.
func (p *process) serves(t *testing.T) string {
	t.Helper()
	line := p.awaitText(t, " serves ")
	_, address, ok := strings.Cut(line, "127.0.0.1:")
	if !ok {
		t.Fatalf("no address: %s", line)
	}
	port, _, _ := strings.Cut(address, ",")
	return "127.0.0.1:" + port
}

// stop ends the server as systemd does, and waits until all of it has ended, in
// good order.
func (p *process) stop(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(patience):
		t.Fatal("it does not end")
	}
	if s := p.cmd.ProcessState; s.ExitCode() != 0 {
		t.Errorf("it ended with %v", s)
	}
	if pids, err := procfs.WithVariable(p.marker); err != nil || len(pids) > 0 {
		t.Errorf("left behind: %v (%v)", pids, err)
	}
}

// records are the log's lines, as far as they are JSON.
func records(lines []string) (found []map[string]any) {
	for _, l := range lines {
		var r map[string]any
		if json.Unmarshal([]byte(l), &r) == nil && r["msg"] != nil {
			found = append(found, r)
		}
	}
	return found
}

// children are the master's, by the name that ps shows: ioserver-w0 is the worker
// of slot 0.
func (p *process) children(t *testing.T) map[string]int {
	t.Helper()
	pids, err := procfs.WithVariable(p.marker)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]int)
	for _, pid := range pids {
		if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil && pid != p.pid() {
			found[strings.TrimSpace(string(b))] = pid
		}
	}
	return found
}

// worker is the process of slot 0.
func (p *process) worker(t *testing.T) int {
	t.Helper()
	pid := p.children(t)["ioserver-w0"]
	if pid == 0 {
		t.Fatal("there is no worker 0")
	}
	return pid
}

// eventually asks again and again, for what tells nobody when it happens.
func eventually(t *testing.T, what string, happened func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !happened() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

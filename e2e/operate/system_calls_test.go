package operate

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// harmless are calls that the filter refuses and that may fail.
var harmless = map[string]string{
	"capset": "a worker that has capabilities gives them up; under the unit none has any",
}

var called = regexp.MustCompile(`^\d+ +(?:<\.\.\. )?(\w+)(?:\(| resumed)`)

// trace starts the program under strace, and returns the file with the calls of
// all of its processes.
func trace(t *testing.T, s setup) (*process, string) {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("no strace")
	}
	calls := filepath.Join(t.TempDir(), "calls")
	s.wrap = []string{strace, "-f", "-qq", "-e", "signal=none", "-s", "0", "-o", calls}
	return start(t, s), calls
}

// TestSystemCalls: the unit's filter has all that the real processes call, from
// their start to their end: under clients of all kinds, with a reload, with the
// API, and when workers and the broker die.
func TestSystemCalls(t *testing.T) {
	m := watch(t)
	folder := t.TempDir()
	config, api, socket := filepath.Join(folder, "ioserver.yaml"), filepath.Join(folder, "api"), filepath.Join(folder, "clients")
	if err := os.WriteFile(config, []byte("log-level: debug\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, calls := trace(t, setup{env: m.env(time.Second), flags: []string{
		"--listen=127.0.0.1:0", "--listen=unix:" + socket, "--api-listen=unix:" + api, "--config=" + config, "--balance=round-robin", "--demo",
	}})
	m.await(t, ready)
	address := p.serves(t)
	talk(t, address, 48)
	for _, url := range []string{"/healthz", "/readyz", "/metrics"} {
		get(t, api, url)
	}
	if err := syscall.Kill(p.master(t), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	m.await(t, ready)
	for _, name := range []string{"ioserver-w0", "ioserver-broker"} {
		before := p.children(t)[name]
		if err := syscall.Kill(before, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "another "+name, func() bool { now := p.children(t)[name]; return now != 0 && now != before })
	}
	refused(t, address, 40)
	talk(t, address, 48)
	m.await(t, pulse)
	if err := syscall.Kill(p.master(t), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.exited

	b, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	check(t, string(b), folder)
}

// TestSystemCallsOfTheBinary: so it has what the binary calls that users have,
// whose workers are confined.
func TestSystemCallsOfTheBinary(t *testing.T) {
	p, calls := trace(t, setup{program: plain, flags: []string{"--listen=127.0.0.1:0", "--demo"}})
	echo(t, p.serves(t), 6)
	if err := syscall.Kill(p.master(t), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.exited
	b, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	check(t, string(b), t.TempDir())
	if os.Getuid() == 0 && !strings.Contains(string(b), "capset(") {
		t.Error("workers keep their capabilities")
	}
}

// check holds a trace against the unit.
func check(t *testing.T, trace, folder string) {
	t.Helper()
	lets := permitted(t)
	seen := make(map[string]string)
	for _, line := range strings.Split(trace, "\n") {
		if match := called.FindStringSubmatch(line); match != nil && seen[match[1]] == "" {
			seen[match[1]] = line
		}
		if guard := forbidden(line, folder); guard != "" {
			t.Errorf("%s does not let this through: %s", guard, line)
		}
	}
	if len(seen) < 30 {
		t.Errorf("only %d different calls were traced", len(seen))
	}
	var names []string
	for call, line := range seen {
		names = append(names, call)
		if !lets[call] && harmless[call] == "" {
			t.Errorf("the unit's filter refuses %s: %s", call, line)
		}
	}
	slices.Sort(names)
	t.Logf("%d calls: %s", len(names), strings.Join(names, " "))
}

// forbidden are arguments that the unit does not let through: other address
// families, memory that can be written and run, namespaces, files to be written
// outside of what is the service's own.
func forbidden(line, folder string) string {
	if m := regexp.MustCompile(`\bsocket\((AF_\w+)`).FindStringSubmatch(line); m != nil && !slices.Contains([]string{"AF_UNIX", "AF_INET", "AF_INET6"}, m[1]) {
		return "RestrictAddressFamilies"
	}
	if regexp.MustCompile(`\bm(map2?|protect|remap)\(.*PROT_WRITE\|PROT_EXEC`).MatchString(line) {
		return "MemoryDenyWriteExecute"
	}
	if strings.Contains(line, "CLONE_NEW") {
		return "RestrictNamespaces"
	}
	m := regexp.MustCompile(`\b(?:open|openat|openat2|creat|mkdirat?|unlink|unlinkat|rename|renameat2?)\((?:AT_FDCWD, )?"([^"]*)"(.*)`).FindStringSubmatch(line)
	if m == nil || strings.Contains(m[2], "O_RDONLY") || strings.HasPrefix(m[1], folder) {
		return ""
	}
	if !slices.Contains([]string{"/dev/null", "/proc/self/comm"}, m[1]) {
		return "ProtectSystem"
	}
	return ""
}

// master is the process that started the others, also under strace.
func (p *process) master(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/" + strconv.Itoa(p.children(t)["ioserver-w1"]) + "/stat")
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	pid, err := strconv.Atoi(fields[1])
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

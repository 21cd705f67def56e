package operate

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// manager is systemd's side of the notifications.
type manager struct {
	address  string
	messages chan string
}

// watch listens as systemd does, until the end of the test.
func watch(t *testing.T) *manager {
	t.Helper()
	m := &manager{address: filepath.Join(t.TempDir(), "notify"), messages: make(chan string, 100_000)}
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: m.address})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			m.messages <- string(b[:n])
		}
	}()
	t.Cleanup(func() {
		c.Close()
		<-done
	})
	return m
}

// env is what systemd sets. A pulse is to come ten times as often as the watchdog
// wants it.
func (m *manager) env(watchdog time.Duration) []string {
	env := []string{"NOTIFY_SOCKET=" + m.address}
	if watchdog > 0 {
		env = append(env, fmt.Sprintf("WATCHDOG_USEC=%d", watchdog.Microseconds()))
	}
	return env
}

// await returns the messages up to the first one that begins so.
func (m *manager) await(t *testing.T, begin string) (heard []string) {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case s := <-m.messages:
			heard = append(heard, s)
			if strings.HasPrefix(s, begin) {
				return heard
			}
		case <-late:
			t.Fatalf("the manager does not hear %q, only %q", begin, heard)
		}
	}
}

func last(heard []string) string { return heard[len(heard)-1] }

const (
	ready     = "READY=1\nSTATUS="
	pulse     = "WATCHDOG=1"
	reloading = "RELOADING=1\nMONOTONIC_USEC="
	stopping  = "STOPPING=1\n"
)

func TestReadyWhenItServes(t *testing.T) {
	m := watch(t)
	p := start(t, setup{env: m.env(0), flags: []string{"--listen=127.0.0.1:0"}})
	heard := m.await(t, ready)
	if len(heard) != 1 {
		t.Errorf("heard before: %q", heard)
	}
	if !strings.HasSuffix(last(heard), "STATUS=2 workers serve") {
		t.Errorf("%q", last(heard))
	}
	address := p.serves(t)
	// at once: ready is ready
	r, err := http.Get("http://" + address + "/socket.io/?EIO=4&transport=polling")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Error(r.Status)
	}
	p.stop(t)
	if heard := m.await(t, stopping); !strings.Contains(last(heard), "EXTEND_TIMEOUT_USEC=") {
		t.Errorf("%q", last(heard))
	}
}

// TestChildrenKnowNothingOfIt: only the master speaks with systemd.
func TestChildrenKnowNothingOfIt(t *testing.T) {
	m := watch(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, setup{env: m.env(10 * time.Second), files: []*os.File{file(t, l)}, names: "clients"})
	m.await(t, ready)
	children := p.children(t)
	if len(children) != 3 {
		t.Errorf("children: %v", children)
	}
	for name, pid := range children {
		for _, v := range environment(t, pid) {
			for _, secret := range []string{"NOTIFY_SOCKET", "WATCHDOG_", "LISTEN_"} {
				if strings.HasPrefix(v, secret) {
					t.Errorf("%s has %s", name, v)
				}
			}
		}
	}
	p.stop(t)
}

func TestWatchdogStopsWhileAWorkerIsDead(t *testing.T) {
	m := watch(t)
	p := start(t, setup{env: m.env(100 * time.Millisecond), flags: []string{"--listen=127.0.0.1:0"}})
	m.await(t, ready)
	m.await(t, pulse)
	degraded := ""
	for range 20 { // a worker may be back between two pulses
		if err := syscall.Kill(p.worker(t), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a worker in slot 0", func() bool { return p.children(t)["ioserver-w0"] != 0 })
		heard := m.drain()
		if i := slices.IndexFunc(heard, func(s string) bool { return strings.HasPrefix(s, "STATUS=1 of 2") }); i >= 0 {
			degraded = heard[i]
			for _, s := range heard[i+1:] {
				if s == pulse && !slices.ContainsFunc(heard[i+1:], func(s string) bool { return strings.HasPrefix(s, pulse+"\nSTATUS=") }) {
					t.Errorf("a pulse while a worker is dead: %q", heard)
				}
			}
			break
		}
	}
	if degraded == "" {
		t.Fatal("no status tells of the dead worker")
	}
	m.await(t, pulse)
	p.stop(t)
}

// drain returns what has been heard and not been looked at.
func (m *manager) drain() (heard []string) {
	for {
		select {
		case s := <-m.messages:
			heard = append(heard, s)
		default:
			return heard
		}
	}
}

// TestWatchdogStopsWhileAWorkerHangs: a worker that is stopped is not dead, and
// still its clients are not served. Ten seconds pass before it counts.
func TestWatchdogStopsWhileAWorkerHangs(t *testing.T) {
	m := watch(t)
	p := start(t, setup{env: m.env(time.Second), flags: []string{"--listen=127.0.0.1:0"}})
	m.await(t, ready)
	m.await(t, pulse)
	pid := p.worker(t)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	m.await(t, "STATUS=1 of 2 workers serve")
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if heard := m.await(t, pulse); len(heard) != 1 || !strings.Contains(last(heard), "STATUS=") {
		t.Errorf("before and with the first pulse: %q", heard)
	}
	if again := p.worker(t); again != pid {
		t.Errorf("the worker that went on was replaced")
	}
	p.stop(t)
}

// TestReload: the manager hears of both ends, whatever comes of it.
func TestReload(t *testing.T) {
	m := watch(t)
	config := filepath.Join(t.TempDir(), "ioserver.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("log-level: info\n")
	p := start(t, setup{env: m.env(0), flags: []string{"--listen=127.0.0.1:0", "--config=" + config}})
	address := p.serves(t)
	m.await(t, ready)
	for _, text := range []string{"log-level: debug\n", "log-level: [\n", "no-such-setting: 1\n", "log-level: warn\n"} {
		write(text)
		p.signal(t, syscall.SIGHUP)
		if heard := m.await(t, reloading); len(heard) != 1 {
			t.Errorf("%q: heard before: %q", text, heard)
		}
		if heard := m.await(t, ready); len(heard) != 1 {
			t.Errorf("%q: heard between: %q", text, heard)
		}
		talk(t, address, 4)
	}
	p.stop(t)
}

// TestManagerThatDoesNotListen: the server serves all the same.
func TestManagerThatDoesNotListen(t *testing.T) {
	for name, socket := range map[string]string{
		"no socket":     filepath.Join(t.TempDir(), "nothing"),
		"another kind":  "vsock:2:1",
		"abstract":      "@ioserver-nobody",
		"not an answer": deaf(t),
	} {
		t.Run(name, func(t *testing.T) {
			env := []string{"NOTIFY_SOCKET=" + socket, "WATCHDOG_USEC=100000"}
			p := start(t, setup{env: env, flags: []string{"--listen=127.0.0.1:0"}})
			talk(t, p.serves(t), 4)
			p.stop(t)
		})
	}
}

// deaf is a socket whose queue is full.
func deaf(t *testing.T) string {
	t.Helper()
	address := filepath.Join(t.TempDir(), "deaf")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	for range 100_000 {
		if syscall.Sendto(fd, []byte("x"), 0, &syscall.SockaddrUnix{Name: address}) != nil {
			return address
		}
	}
	t.Fatal("the queue does not fill up")
	return ""
}

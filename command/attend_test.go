package command

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// managerSocket is where a service manager would listen.
func managerSocket(t *testing.T) (path string, await func(text string) string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return path, func(text string) string {
		t.Helper()
		if err := c.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		for b := make([]byte, 4096); ; {
			n, err := c.Read(b)
			if err != nil {
				t.Fatalf("the manager does not hear %q: %v", text, err)
			}
			if s := string(b[:n]); strings.Contains(s, text) {
				return s
			}
		}
	}
}

// The manager hears of start, life, reload and end.
func TestServiceManagerIsTold(t *testing.T) {
	path, await := managerSocket(t)
	name := file(t, "workers: 2\nshutdown-timeout: 7s\n")
	cmd := exec.Command("/proc/self/exe", "--listen=127.0.0.1:0", "--config", name)
	cmd.Env = []string{"NOTIFY_SOCKET=" + path, "WATCHDOG_USEC=200000"}
	p := startCommand(t, cmd)
	await("READY=1")
	await("WATCHDOG=1")
	for _, content := range []string{"workers: 2\nshutdown-timeout: 9s\n", "workers: many\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		p.signal(t, syscall.SIGHUP)
		if s := await("RELOADING=1"); !strings.Contains(s, "MONOTONIC_USEC=") {
			t.Errorf("%q", s)
		}
		await("READY=1") // also when nothing could be reloaded
	}
	p.signal(t, syscall.SIGTERM)
	if s := await("STOPPING=1"); !strings.Contains(s, "EXTEND_TIMEOUT_USEC=9000000") {
		t.Errorf("not the time that was reloaded: %q", s)
	}
	if status := p.wait(t); status != 0 {
		t.Errorf("status %d", status)
	}
}

// activated starts the command with listening sockets, as systemd does.
func activated(t *testing.T, names string, listeners []*net.TCPListener, args ...string) *process {
	t.Helper()
	// LISTEN_PID has to be the process itself, which only a shell before it knows.
	cmd := exec.Command("/bin/sh", append([]string{"-c", `LISTEN_PID=$$ exec /proc/` + itoa(os.Getpid()) + `/exe "$@"`, "sh"}, args...)...)
	cmd.Env = []string{"LISTEN_FDS=" + itoa(len(listeners)), "LISTEN_FDNAMES=" + names}
	for _, l := range listeners {
		f, err := l.File()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
	return startCommand(t, cmd)
}

func listen(t *testing.T) *net.TCPListener {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// Inherited sockets take the place of the address that nobody has asked for.
func TestSocketActivation(t *testing.T) {
	clients, api := listen(t), listen(t)
	p := activated(t, "clients:api", []*net.TCPListener{clients, api}, "--workers=1", "--api-token-file", file(t, tokenA))
	line := p.await(t, "serves /")
	if !strings.Contains(line, clients.Addr().String()) || strings.Contains(line, ":3000") {
		t.Error(line)
	}
	if line := p.await(t, "HTTP API on"); !strings.Contains(line, api.Addr().String()) {
		t.Error(line)
	}
	handshake(t, clients.Addr().String())
	if status, body := get(t, "http://"+api.Addr().String()+"/metrics", "Authorization", "Bearer "+tokenA); status != 200 {
		t.Errorf("%d %.200s", status, body)
	}
	p.signal(t, syscall.SIGTERM)
	if status := p.wait(t); status != 0 {
		t.Errorf("status %d", status)
	}
}

// An address that somebody did ask for is served beside them.
func TestSocketActivationBesideAddress(t *testing.T) {
	clients := listen(t)
	p := activated(t, "clients", []*net.TCPListener{clients}, "--workers=1", "--listen=127.0.0.1:0")
	if line := p.await(t, "serves /"); !strings.Contains(line, clients.Addr().String()) || strings.Count(line, "127.0.0.1:") != 2 {
		t.Error(line)
	}
}

// The API's TCP socket needs a token, whoever opened it.
func TestSocketActivationNeedsToken(t *testing.T) {
	p := activated(t, "api", []*net.TCPListener{listen(t)}, "--listen=127.0.0.1:0")
	p.await(t, "ioserver: the API's socket api: TCP needs a token")
	if status := p.wait(t); status != 2 {
		t.Errorf("status %d", status)
	}
}

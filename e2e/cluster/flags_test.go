package cluster

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// refused runs the program, which is to end by itself, and returns its exit
// status and what it wrote to standard error.
func refused(t *testing.T, env []string, args ...string) (status int, stderr string) {
	t.Helper()
	cmd := exec.CommandContext(within(t, patience), program, args...)
	cmd.Env = append(os.Environ(), env...)
	var b bytes.Buffer
	cmd.Stderr = &b
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), b.String()
}

// oneLine fails unless text is one line that holds all the words.
func oneLine(t *testing.T, text string, words ...string) {
	t.Helper()
	if strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\n") {
		t.Errorf("not one line: %q", text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not say %q", text, w)
		}
	}
}

// TestBadFlags end with 2 and one line that says what was given and what is
// accepted.
func TestBadFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ flag, value, accepted string }{
		{"--workers", "0", "1 to 256"},
		{"--workers", "257", "1 to 256"},
		{"--workers", "many", "1 to 256"},
		{"--balance", "random", "round-robin"},
		{"--listen", "nowhere", "host:port"},
		{"--listen", "unix:", "unix:/path"},
		{"--path", "socket.io", "/"},
		{"--nats", "http://localhost", "nats://"},
		{"--cluster", "a b", "letters"},
		{"--log-level", "loud", "debug, info, warn or error"},
		{"--log-format", "xml", "text or json"},
		{"--shutdown-timeout", "soon", "duration"},
		{"--ping-interval", "-1s", "duration"},
		{"--ping-timeout", "0", "duration"},
		{"--upgrade-timeout", "25 s", "duration"},
		{"--connect-timeout", "25h", "duration"},
		{"--max-http-buffer-size", "1e9", "1e8"},
		{"--max-http-buffer-size", "0.5", "bytes"},
		{"--transports", "websocket,pigeon", "polling, websocket"},
		{"--allow-upgrades", "perhaps", "true or false"},
		{"--cors-origin", "example.com", "https://example.com"},
		{"--cookie", "a=b", "a name"},
	} {
		t.Run(c.flag+" "+c.value, func(t *testing.T) {
			t.Parallel()
			status, text := refused(t, nil, c.flag+"="+c.value)
			if status != 2 {
				t.Errorf("exit status %d", status)
			}
			given := c.value[strings.LastIndex(c.value, ",")+1:]
			oneLine(t, text, c.flag, given, c.accepted)

			name := "IOSERVER_" + strings.ToUpper(strings.ReplaceAll(c.flag[2:], "-", "_"))
			status, text = refused(t, []string{name + "=" + c.value})
			if status != 2 {
				t.Errorf("%s: exit status %d", name, status)
			}
			oneLine(t, text, name, given, c.accepted)
		})
	}
}

// TestBadCommandLines are refused in the same way.
func TestBadCommandLines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		args  []string
		words []string
	}{
		{"unknown flag", []string{"--wrokers=3"}, []string{"--wrokers", "did you mean --workers"}},
		{"flag like no other", []string{"--zzz"}, []string{"--zzz", "--help"}},
		{"value missing", []string{"--workers"}, []string{"--workers", "1 to 256"}},
		{"argument", []string{"serve"}, []string{"serve", "flags"}},
		{"address twice", []string{"--listen=127.0.0.1:4567", "--listen=127.0.0.1:4567"}, []string{"--listen", "127.0.0.1:4567"}},
		{"required without NATS", []string{"--nats-required"}, []string{"--nats-required", "--nats"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, text := refused(t, nil, c.args...)
			if status != 2 {
				t.Errorf("exit status %d", status)
			}
			oneLine(t, text, c.words...)
		})
	}
}

// TestUnusableAddresses end with 1 and one line that says what and where.
func TestUnusableAddresses(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	folder := t.TempDir()
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("not a socket"), 0o600); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(folder, "socket")
	live, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	for _, c := range []struct{ name, address, reason string }{
		{"port in use", taken.Addr().String(), "in use"},
		{"address of another machine", "192.0.2.1:3000", "cannot assign"},
		{"folder missing", "unix:" + filepath.Join(folder, "missing", "socket"), "no such file"},
		{"not a socket", "unix:" + file, file},
		{"socket in use", "unix:" + socket, "another server listens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, text := refused(t, nil, "--workers=2", "--listen=127.0.0.1:0", "--listen="+c.address)
			if status != 1 {
				t.Errorf("exit status %d", status)
			}
			oneLine(t, text, strings.TrimPrefix(c.address, "unix:"), c.reason)
		})
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "not a socket" {
		t.Errorf("the file in the way: %q, %v", b, err)
	}
	if c, err := net.Dial("unix", socket); err != nil {
		t.Errorf("the socket in use: %v", err)
	} else {
		c.Close()
	}
}

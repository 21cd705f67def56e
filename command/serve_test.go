package command

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

var banner = regexp.MustCompile(`serves \S+ on (127\.0\.0\.1:\d+)`)

// serving starts a small server and returns it and its address.
func startServing(t *testing.T, args ...string) (*process, string) {
	t.Helper()
	p := start(t, append([]string{"--listen", "127.0.0.1:0", "--workers", "2", "--demo"}, args...)...)
	m := banner.FindStringSubmatch(p.await(t, "serves /"))
	if m == nil {
		t.Fatalf("no address in the banner:\n%s", p.output())
	}
	return p, m[1]
}

func handshake(t *testing.T, address string) {
	t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Get("http://" + address + "/socket.io/?EIO=4&transport=polling")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK || !strings.HasPrefix(string(body), `0{"sid":"`) {
		t.Fatalf("%d, %q, %v", res.StatusCode, body, err)
	}
}

func TestServesAndStops(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		socket := filepath.Join(t.TempDir(), "s")
		p, address := startServing(t, "--listen", "unix:"+socket)
		handshake(t, address)
		if !strings.Contains(p.output(), "unix:"+socket) {
			t.Error("the banner lacks the Unix socket")
		}
		if s == syscall.SIGINT {
			// as a terminal sends it: to every process
			if err := syscall.Kill(-p.cmd.Process.Pid, s); err != nil {
				t.Fatal(err)
			}
		} else {
			p.signal(t, s)
		}
		if status := p.wait(t); status != 0 {
			t.Errorf("%v: status %d", s, status)
		}
		if strings.Contains(p.output(), "died") {
			t.Errorf("%v: a worker did not wait for the master's word", s)
		}
		if _, err := os.Lstat(socket); !os.IsNotExist(err) {
			t.Errorf("%v: the socket file is left: %v", s, err)
		}
	}
}

// A second signal does not wait for the workers.
func TestSecondSignal(t *testing.T) {
	p, address := startServing(t, "--shutdown-timeout", "1h")
	keepBusy(t, address)
	p.signal(t, syscall.SIGTERM)
	p.signal(t, syscall.SIGINT)
	if status := p.wait(t); status != 0 && status != 1 {
		t.Errorf("status %d", status)
	}
}

// The same signal twice at once, as timeout(1) sends it to a process and then to
// its group, asks for an end in order.
func TestSameSignalTwice(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		p, address := startServing(t, "--shutdown-timeout", "1s")
		keepBusy(t, address)
		p.signal(t, s)
		p.await(t, "msg=stopping")
		p.signal(t, s)
		if status := p.wait(t); status != 0 || strings.Contains(p.output(), "ended at once") {
			t.Errorf("%v: status %d", s, status)
		}
	}
}

// keepBusy makes a request that never ends.
func keepBusy(t *testing.T, address string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, "POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n1"); err != nil {
		t.Fatal(err)
	}
}

func TestStartFails(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ listen, want string }{
		{taken.Addr().String(), "address already in use"},
		{"unix:" + file, "not a socket"},
		{"unix:/no/such/folder/s", "no such file or directory"},
	} {
		stdout, stderr, status := run(t, nil, "--listen", c.listen)
		if status != 1 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.listen) || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: status %d, %q, %q", c.listen, status, stdout, stderr)
		}
	}
}

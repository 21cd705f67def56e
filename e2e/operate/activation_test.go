package operate

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/cluster/procfs"
)

// file is the listener's descriptor, for another process.
func file(t *testing.T, l net.Listener) *os.File {
	t.Helper()
	f, err := l.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	t.Cleanup(func() { l.Close() })
	return f
}

func environment(t *testing.T, pid int) []string {
	t.Helper()
	env, err := procfs.Environment(pid)
	if err != nil {
		t.Fatal(err)
	}
	return env
}

// listenTCP and listenUnix are what systemd opens.
func listenTCP(t *testing.T) (*os.File, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return file(t, l), l.Addr().String()
}

func listenUnix(t *testing.T) (*os.File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "api")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := os.Chmod(path, 0o660); err != nil {
		t.Fatal(err)
	}
	return file(t, l), path
}

// get asks the HTTP API on a Unix socket.
func get(t *testing.T, path, url string) (int, string) {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}}
	defer transport.CloseIdleConnections()
	q, err := http.NewRequestWithContext(within(t), http.MethodGet, "http://api"+url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := transport.RoundTrip(q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

// TestActivation: clients and the API on sockets of systemd's, and nowhere else.
func TestActivation(t *testing.T) {
	clients, address := listenTCP(t)
	api, path := listenUnix(t)
	p := start(t, setup{files: []*os.File{clients, api}, names: "clients:api"})
	if at := p.serves(t); at != address {
		t.Errorf("serves on %s, was given %s", at, address)
	}
	if slots := talk(t, address, 32); len(slots) != 2 {
		t.Errorf("clients were served by slots %v", slots)
	}
	if status, body := get(t, path, "/readyz"); status != http.StatusOK {
		t.Errorf("the API answers %d: %s", status, body)
	}
	if status, _ := get(t, path, "/socket.io/?EIO=4&transport=polling"); status != http.StatusNotFound {
		t.Errorf("the API's socket answers clients with %d", status)
	}
	for name, pid := range p.children(t) {
		if l, err := procfs.Listening(pid); err != nil || name != "ioserver-broker" && len(l) > 0 {
			t.Errorf("%s listens on %v (%v)", name, l, err)
		}
	}
	if l, err := procfs.Listening(p.pid()); err != nil || len(l) != 1 || l[0].String() != address {
		t.Errorf("the master listens on %v, the default among them? (%v)", l, err)
	}
	p.stop(t)
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the socket was systemd's to remove: %v", err)
	}
}

// TestActivationBesideListen: what is asked for is opened, too.
func TestActivationBesideListen(t *testing.T) {
	clients, address := listenTCP(t)
	p := start(t, setup{files: []*os.File{clients}, names: "ioserver.socket", flags: []string{"--listen=127.0.0.1:0"}})
	line := p.awaitText(t, " serves ")
	_, list, _ := strings.Cut(line, " on ")
	addresses := strings.Split(list, ", ")
	if len(addresses) != 2 {
		t.Fatalf("serves on %v", addresses)
	}
	for _, a := range addresses {
		talk(t, a, 4)
	}
	talk(t, address, 4)
	p.stop(t)
}

// TestClientsWaitForARestart: those that come while there is no server.
func TestClientsWaitForARestart(t *testing.T) {
	f, address := listenTCP(t)
	p := start(t, setup{files: []*os.File{f}, names: "clients"})
	p.serves(t)
	p.stop(t)
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	p = start(t, setup{files: []*os.File{f}, names: "clients"})
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Error(r.Status)
	}
	p.serves(t)
	p.stop(t)
}

// TestActivationWithTheWrongKind: a socket that cannot be accepted on is named.
func TestActivationWithTheWrongKind(t *testing.T) {
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	f, err := u.(*net.UDPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := start(t, setup{files: []*os.File{f}, names: "clients"})
	p.awaitText(t, "clients")
	<-p.exited
	if status := p.cmd.ProcessState.ExitCode(); status != 1 {
		t.Errorf("exit status %d", status)
	}
}

package master

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// handed makes a listening socket as a service manager does: blocking, and without Go's poller.
func handed(t *testing.T, network, address string) (*os.File, net.Addr) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var file *os.File
	switch l := l.(type) {
	case *net.TCPListener:
		file, err = l.File()
	case *net.UnixListener:
		l.SetUnlinkOnClose(false)
		file, err = l.File()
	}
	if err != nil {
		t.Fatal(err)
	}
	return file, l.Addr()
}

func closed(f *os.File) bool { return errors.Is(f.Close(), os.ErrClosed) }

func TestInheritedListenersServe(t *testing.T) {
	before := descriptors(t, "self")
	f := &fakeSystem{t: t}
	path := filepath.Join(t.TempDir(), "s")
	apiPath := filepath.Join(t.TempDir(), "api")
	tcp, tcpAt := handed(t, "tcp4", "127.0.0.1:0")
	local, _ := handed(t, "unix", path)
	api, apiAt := handed(t, "tcp6", "[::1]:0")
	apiLocal, _ := handed(t, "unix", apiPath)
	if err := os.Chmod(apiPath, 0o666); err != nil {
		t.Fatal(err)
	}
	o := Options{Workers: 2, Listen: []string{"127.0.0.1:0"}, API: []string{"127.0.0.1:0"}, Inherited: []Inherited{
		{File: api, Name: "api", API: true}, {File: tcp, Name: "http"}, {File: local, Name: "local"}, {File: apiLocal, Name: "open", API: true},
	}}
	m := begin(t, o, f.system(), nil)
	if len(m.Addresses) != 3 || m.Addresses[1] != tcpAt.String() || m.Addresses[2] != "unix:"+path {
		t.Errorf("addresses %v", m.Addresses)
	}
	if len(m.API) != 3 || m.API[1] != apiAt.String() || m.API[2] != "unix:"+apiPath {
		t.Errorf("addresses of the API %v", m.API)
	}
	for i, c := range []struct{ network, address string }{
		{"tcp", m.Addresses[0]}, {"tcp", m.Addresses[1]}, {"unix", path}, {"tcp", m.API[0]}, {"tcp", m.API[1]}, {"unix", apiPath},
	} {
		a, status, err := ask(c.network, c.address, "")
		if err != nil || status != 200 || a.listener != i || (a.nodelay == 1) != (c.network == "tcp") {
			t.Errorf("%s: %+v, %d, %v", c.address, a, status, err)
		}
	}
	if log := m.journal.String(); strings.Count(log, "every user of this machine") != 1 || !strings.Contains(log, "listener=open") {
		t.Errorf("an API socket open to all:\n%s", log)
	}
	if err := m.end(t); err != nil {
		t.Error(err)
	}
	for _, file := range []*os.File{tcp, local, api, apiLocal} {
		if !closed(file) {
			t.Error("a file is left open")
		}
	}
	for _, left := range []string{path, apiPath} {
		if _, err := os.Stat(left); err != nil {
			t.Errorf("another's socket file: %v", err)
		}
	}
	m.board.Close()
	noMore(t, before)
}

// The inherited sockets alone are enough to serve, but not those of the API alone.
func TestInheritedListenersAlone(t *testing.T) {
	f := &fakeSystem{t: t}
	tcp, at := handed(t, "tcp", "127.0.0.1:0")
	o := Options{Workers: 1, Inherited: []Inherited{{File: tcp, Name: "http"}}}
	m := begin(t, o, f.system(), func(r *run) { r.options.Listen = nil })
	if a, status, err := ask("tcp", at.String(), ""); err != nil || status != 200 || a.listener != 0 {
		t.Errorf("%+v, %d, %v", a, status, err)
	}
	if h := f.last("ioserver: worker 0").worker.hello; h.API != 1 || len(m.API) != 0 {
		t.Errorf("API from %d, addresses %v", h.API, m.API)
	}
	api, _ := handed(t, "tcp", "127.0.0.1:0")
	err := Run(t.Context(), Options{Workers: 1, Inherited: []Inherited{{File: api, Name: "api", API: true}}})
	if err == nil || !strings.Contains(err.Error(), "no address") || !closed(api) {
		t.Errorf("an API alone: %v", err)
	}
}

func socket(t *testing.T, domain, kind int, bind unix.Sockaddr, listen bool) *os.File {
	t.Helper()
	fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if bind != nil {
		err = unix.Bind(fd, bind)
	}
	if err == nil && listen {
		err = unix.Listen(fd, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), "socket")
}

func TestInheritedRefused(t *testing.T) {
	before := descriptors(t, "self")
	dir := t.TempDir()
	loopback := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
	file, err := os.Create(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	const neither, silent = "neither a TCP nor a Unix stream socket", "does not listen"
	for name, c := range map[string]struct {
		file *os.File
		api  bool
		want string
	}{
		"file":             {file, false, "not a socket"},
		"nothing":          {nil, false, "invalid argument"},
		"udp":              {socket(t, unix.AF_INET, unix.SOCK_DGRAM, loopback, false), false, neither},
		"netlink":          {socket(t, unix.AF_NETLINK, unix.SOCK_RAW, nil, false), false, neither},
		"datagrams":        {socket(t, unix.AF_UNIX, unix.SOCK_DGRAM, &unix.SockaddrUnix{Name: dir + "/dgram"}, false), false, neither},
		"packets":          {socket(t, unix.AF_UNIX, unix.SOCK_SEQPACKET, &unix.SockaddrUnix{Name: dir + "/seq"}, true), false, neither},
		"bound only":       {socket(t, unix.AF_INET, unix.SOCK_STREAM, loopback, false), false, silent},
		"unix, bound only": {socket(t, unix.AF_UNIX, unix.SOCK_STREAM, &unix.SockaddrUnix{Name: dir + "/bound"}, false), false, silent},
		"connected":        {os.NewFile(uintptr(pair[0]), "pair"), false, silent},
		"abstract":         {socket(t, unix.AF_UNIX, unix.SOCK_STREAM, &unix.SockaddrUnix{Name: "@" + dir}, true), true, "without one it has no permissions"},
	} {
		err := Run(t.Context(), Options{
			Listen: []string{"127.0.0.1:0"}, Workers: 1, Inherited: []Inherited{{File: c.file, Name: name, API: c.api}},
		})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), `"`+name+`"`) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		if c.file != nil && !closed(c.file) {
			t.Errorf("%s: left open", name)
		}
	}
	unix.Close(pair[1])
	noMore(t, before)
}

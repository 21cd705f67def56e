package master

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/fdpass"
)

// Connections of the HTTP API go round, whatever the balance says of clients.
func TestAPIConnectionsGoRound(t *testing.T) {
	f := &fakeSystem{t: t}
	path := filepath.Join(t.TempDir(), "api")
	o := Options{Workers: 3, Balance: RemoteAddress, API: []string{"127.0.0.1:0", "unix:" + path}}
	m := begin(t, o, f.system(), nil)
	if len(m.Addresses) != 1 || len(m.API) != 2 || m.API[1] != "unix:"+path || strings.HasSuffix(m.API[0], ":0") {
		t.Fatalf("started %+v", m.Started)
	}
	h := f.last("ioserver: worker 1").worker.hello
	if want := append(m.Addresses, m.API...); h.API != 1 || strings.Join(h.Listeners, " ") != strings.Join(want, " ") {
		t.Errorf("hello: listeners %v, API from %d", h.Listeners, h.API)
	}
	for n := range 12 {
		network, address, listener := "tcp", m.API[0], 1
		if n%2 == 1 {
			network, address, listener = "unix", path, 2
		}
		a, status, err := ask(network, address, "")
		if err != nil || status != 200 || a.slot != n%3 || a.listener != listener {
			t.Errorf("connection %d: %+v, %d, %v", n, a, status, err)
		}
	}
	first, _, err := m.ask(t, "127.0.0.9")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if a, _, err := m.ask(t, "127.0.0.9"); err != nil || a.slot != first.slot {
			t.Errorf("a client of slot %d went to %d, %v", first.slot, a.slot, err)
		}
	}
	f.refuse.Store(1000)
	f.last("ioserver: worker 1").Kill()
	m.journal.await(t, "worker not started", 1)
	for n := range 4 {
		if a, status, err := ask("tcp", m.API[0], ""); err != nil || status != 200 || a.slot == 1 {
			t.Errorf("without slot 1, connection %d: %+v, %d, %v", n, a, status, err)
		}
	}
	f.refuse.Store(0)
}

func TestAPIConnectionFindsRoomElsewhere(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 2, API: []string{"127.0.0.1:0"}}, f.system(), nil)
	m.run.post(func() {
		s := m.run.slots[0]
		s.waiting = []waiting{{conn{-1, fdpass.Origin{}}, time.Now().Add(time.Hour)}} // others wait there already
	})
	for range 4 {
		if a, status, err := ask("tcp", m.API[0], ""); status != 200 || err != nil || a.slot != 1 {
			t.Errorf("%+v, %d, %v", a, status, err)
		}
	}
	m.run.post(func() { m.run.slots[0].waiting = nil })
}

// While no slot serves, the API's connections wait as all do.
func TestAPIConnectionWaitsForAWorker(t *testing.T) {
	f := &fakeSystem{t: t}
	m := begin(t, Options{Workers: 1, API: []string{"127.0.0.1:0"}}, f.system(), nil)
	f.refuse.Store(2)
	f.last("ioserver: worker 0").Kill()
	m.journal.await(t, "worker not started", 1)
	if _, status, err := ask("tcp", m.API[0], ""); status != 200 || err != nil {
		t.Errorf("%d, %v", status, err)
	}
}

// An API socket has its mode from its first moment, whatever the umask: less than it until it listens, and never more.
func TestAPISocketMode(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o077, 0o777} {
		old := unix.Umask(umask)
		path := filepath.Join(t.TempDir(), "api")
		before := modeAtBind(t, path+"-bound")
		l, err := listenAPI("unix:" + path)
		unix.Umask(old)
		if err != nil {
			t.Fatal(err)
		}
		if want := apiMode &^ os.FileMode(umask); before != want {
			t.Errorf("umask %o: %o before it listens, want %o", umask, before, want)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != apiMode {
			t.Errorf("umask %o: %v, %v", umask, info.Mode(), err)
		}
		if c, err := net.Dial("unix", path); err != nil {
			t.Error(err)
		} else {
			c.Close()
		}
		if err := l.close(); err != nil {
			t.Error(err)
		}
	}
}

func modeAtBind(t *testing.T, path string) os.FileMode {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "socket")
	defer file.Close()
	raw, err := file.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := presetMode(raw, apiMode); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// The mode is given to a socket only: not to what somebody has put into its place.
func TestModeOfNothingElse(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "file"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, link, filepath.Join(dir, "none")} {
		if err := setMode(path, apiMode); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

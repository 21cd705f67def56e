package master

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestListenAddresses(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ address, bound string }{
		{"127.0.0.1:0", "127.0.0.1:"}, {"[::1]:0", "[::1]:"}, {"localhost:0", "127.0.0.1:"}, {"unix:" + dir + "/s", "unix:" + dir + "/s"},
	} {
		l, err := listen(c.address)
		if err != nil {
			t.Errorf("%s: %v", c.address, err)
			continue
		}
		if !strings.HasPrefix(l.address, c.bound) || strings.HasSuffix(l.address, ":0") {
			t.Errorf("%s: bound to %s", c.address, l.address)
		}
		if err := l.close(); err != nil {
			t.Errorf("%s: %v", c.address, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestListenRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.close()
	live, err := listen("unix:" + dir + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer live.close()
	for address, want := range map[string]string{
		taken.address:               "address already in use",
		live.address:                "another server listens there",
		"unix:" + file:              "not a socket",
		"unix:":                     "a path must follow",
		"unix:" + dir + "/no/where": "no such file",
		"127.0.0.1":                 "missing port",
		"127.0.0.1:70000":           "invalid port",
	} {
		l, err := listen(address)
		if err == nil {
			l.close()
			t.Errorf("%s: listening", address)
			continue
		}
		text := err.Error()
		if !strings.Contains(text, want) || !strings.Contains(text, address) || strings.Count(text, address) != 1 || strings.Contains(text, "\n") {
			t.Errorf("%s: %s", address, text)
		}
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "mine" {
		t.Errorf("the file: %q, %v", b, err)
	}
}

func TestStaleSocketFileIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	stale, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	stale.Close()
	first, err := listen("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	// Another's file at the same path is not ours to remove.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second, err := listen("unix:" + path)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the second server's file: %v", err)
	}
	if err := second.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("left behind: %v", err)
	}
}

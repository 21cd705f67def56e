package systemd_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/ioserver/ioserver/command/systemd"
)

var abstract atomic.Int64

// addresses are the two kinds of sockets that a manager listens on.
var addresses = map[string]func(*testing.T) string{
	"path": func(t *testing.T) string { return filepath.Join(t.TempDir(), "notify") },
	"abstract": func(t *testing.T) string {
		return fmt.Sprintf("@ioserver-test-%d-%d", os.Getpid(), abstract.Add(1))
	},
}

// listen is the manager's side; the environment names it.
func listen(t *testing.T, address string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	t.Setenv("NOTIFY_SOCKET", address)
	return c
}

// next is the next message, as lines.
func next(t *testing.T, c *net.UnixConn) []string {
	t.Helper()
	b := make([]byte, 4096)
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(b[:n]), "\n")
}

// newNotifier finds the manager to tell, with a watchdog of the given length, or none.
func newNotifier(t *testing.T, watchdog time.Duration) *systemd.Notifier {
	t.Helper()
	t.Setenv("WATCHDOG_USEC", "")
	if watchdog > 0 {
		t.Setenv("WATCHDOG_USEC", strconv.FormatInt(watchdog.Microseconds(), 10))
	}
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	m, err := systemd.New()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func expect(t *testing.T, c *net.UnixConn, err error, want ...string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if got := next(t, c); strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("the manager hears %q, want %q", got, want)
	}
}

// gone checks that the variables are not in the environment any more.
func gone(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if v, ok := os.LookupEnv(name); ok {
			t.Errorf("%s=%s is left in the environment", name, v)
		}
	}
}

func TestLifeOfAServer(t *testing.T) {
	for name, address := range addresses {
		t.Run(name, func(t *testing.T) {
			c := listen(t, address(t))
			m := newNotifier(t, 10*time.Second)
			gone(t, "WATCHDOG_USEC", "WATCHDOG_PID")
			if !m.Present() || m.Pulse() != time.Second {
				t.Errorf("present %v, a pulse every %v", m.Present(), m.Pulse())
			}
			expect(t, c, m.Ready("2 workers serve on [::]:3000"), "READY=1", "STATUS=2 workers serve on [::]:3000")
			expect(t, c, m.Watchdog(2, 2), "WATCHDOG=1")
			expect(t, c, m.Stopping(15*time.Second), "STOPPING=1", "STATUS=stopping", "EXTEND_TIMEOUT_USEC=15000000")
			gone(t, "NOTIFY_SOCKET")
		})
	}
}

func TestReload(t *testing.T) {
	c := listen(t, addresses["path"](t))
	m := newNotifier(t, 0)
	before := monotonic(t)
	if err := m.Reloading(); err != nil {
		t.Fatal(err)
	}
	got := next(t, c)
	match := regexp.MustCompile(`^RELOADING=1\nMONOTONIC_USEC=(\d+)$`).FindStringSubmatch(strings.Join(got, "\n"))
	if match == nil {
		t.Fatalf("%q", got)
	}
	if at, _ := strconv.ParseInt(match[1], 10, 64); at < before || at > monotonic(t) {
		t.Errorf("at %d µs, which is not between %d and now", at, before)
	}
	expect(t, c, m.Ready("again"), "READY=1", "STATUS=again")
}

func monotonic(t *testing.T) int64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		t.Fatal(err)
	}
	return now.Nano() / 1000
}

// TestWatchdogNeedsEverySlot: the status tells how many serve, once.
func TestWatchdogNeedsEverySlot(t *testing.T) {
	c := listen(t, addresses["path"](t))
	m := newNotifier(t, 30*time.Second)
	expect(t, c, m.Ready("fine"), "READY=1", "STATUS=fine")
	expect(t, c, m.Watchdog(8, 8), "WATCHDOG=1")
	expect(t, c, m.Watchdog(7, 8), "STATUS=7 of 8 workers serve")
	if err := m.Watchdog(7, 8); err != nil { // says nothing
		t.Fatal(err)
	}
	expect(t, c, m.Watchdog(6, 8), "STATUS=6 of 8 workers serve")
	expect(t, c, m.Watchdog(8, 8), "WATCHDOG=1", "STATUS=fine")
	expect(t, c, m.Watchdog(8, 8), "WATCHDOG=1")
}

func TestStatusIsOneLine(t *testing.T) {
	tests := map[string]string{
		"a\nWATCHDOG=1\r\nb": "STATUS=a WATCHDOG=1 b",
		"":                   "STATUS=",
		"\xff":               "STATUS=?",
	}
	c := listen(t, addresses["path"](t))
	m := newNotifier(t, 0)
	for given, want := range tests {
		expect(t, c, m.Ready(given), "READY=1", want)
	}
	if err := m.Ready(strings.Repeat("é", 10_000)); err != nil {
		t.Fatal(err)
	}
	if got := next(t, c); len(got) != 2 || len(got[1]) > 600 {
		t.Errorf("%d lines, the last of %d bytes", len(got), len(got[len(got)-1]))
	}
}

func TestWithoutManager(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	m := newNotifier(t, 10*time.Second)
	if m.Present() || m.Pulse() != 0 {
		t.Errorf("present %v, a pulse every %v", m.Present(), m.Pulse())
	}
	if err := errors.Join(m.Ready("x"), m.Reloading(), m.Watchdog(1, 1), m.Stopping(1)); err != nil {
		t.Error(err)
	}
}

func TestManagerIsGone(t *testing.T) {
	c := listen(t, addresses["path"](t))
	m := newNotifier(t, 0)
	c.Close()
	if err := m.Ready("x"); err == nil {
		t.Error("no error")
	}
}

// TestManagerDoesNotListen: its socket fills up; nobody waits for long, and all
// is well when it listens again.
func TestManagerDoesNotListen(t *testing.T) {
	c := listen(t, addresses["path"](t))
	m := newNotifier(t, 10*time.Second)
	sent := 0
	for err := error(nil); ; sent++ {
		if sent > 100_000 {
			t.Fatal("the socket does not fill up")
		}
		if err = m.Watchdog(1, 1); errors.Is(err, systemd.ErrBusy) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Watchdog(1, 1); !errors.Is(err, systemd.ErrBusy) {
		t.Errorf("behind it: %v", err)
	}
	for range sent + 1 { // that on its way included
		if got := next(t, c); got[0] != "WATCHDOG=1" {
			t.Fatalf("%q", got)
		}
	}
	expect(t, c, m.Ready("again"), "READY=1", "STATUS=again")
}

func TestWatchdogOfOthers(t *testing.T) {
	listen(t, addresses["path"](t))
	tests := map[string]struct {
		usec, pid string
		pulse     time.Duration
		fails     bool
	}{
		"ours":                {"30000000", strconv.Itoa(os.Getpid()), 3 * time.Second, false},
		"everybody's":         {"30000000", "", 3 * time.Second, false},
		"another process's":   {"30000000", "1", 0, false},
		"none":                {"", "", 0, false},
		"no number":           {"soon", "", 0, true},
		"nothing":             {"0", "", 0, true},
		"negative":            {"-5", "", 0, true},
		"no process's number": {"30000000", "me", 0, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("WATCHDOG_USEC", test.usec)
			t.Setenv("WATCHDOG_PID", test.pid)
			m, err := systemd.New()
			if m == nil || m.Pulse() != test.pulse || (err != nil) != test.fails {
				t.Errorf("a pulse every %v, error %v", m.Pulse(), err)
			}
			gone(t, "WATCHDOG_USEC", "WATCHDOG_PID")
		})
	}
}

package command

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	workerapi "github.com/ioserver/ioserver/worker/api"
)

// On a terminal each look takes the place of the one before, and what was seen
// last stays; ^C ends it well. Elsewhere one follows the other.
func TestWatchStatus(t *testing.T) {
	s := serveStatus(t)
	term, cmd := watchInTerminal(t, "--api=unix:"+s.socket)
	at := term.await(t, 0, otherScreen+topLeft)
	for range 2 {
		at = term.await(t, at, green+"serving"+noColour)
		at = term.await(t, at, restOfAll)
	}
	term.press(t, "\x03")
	at = term.await(t, at, backAgain)
	term.await(t, at, "WEBSOCKET")
	<-term.ended
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	p := start(t, "status", "--watch", "--api=unix:"+s.socket)
	for range 2 {
		p.await(t, "WEBSOCKET")
		p.await(t, " serving ")
	}
	p.signal(t, syscall.SIGTERM)
	if status := p.wait(t); status != 0 || strings.Contains(p.output(), "\x1b") {
		t.Errorf("status %d", status)
	}
}

func watchInTerminal(t *testing.T, args ...string) (*terminal, *exec.Cmd) {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", append([]string{"status", "--watch"}, args...)...)
	cmd.Env = append(environment(), "TERM=xterm", "NO_COLOR=")
	return inTerminal(t, cmd), cmd
}

// A server that ends while it is watched: what was seen last stays below what is
// wrong now, for as long as nobody answers.
func TestWatchServerThatEnds(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "api")
	p, _ := startServing(t, "--api-listen=unix:"+socket)
	term, _ := watchInTerminal(t, "--api=unix:"+socket)
	at := term.await(t, 0, "2 of 2 workers serve")
	p.signal(t, syscall.SIGTERM)
	if status := p.wait(t); status != 0 {
		t.Errorf("status %d", status)
	}
	at = term.await(t, at, "nobody listens there")
	at = term.await(t, at, "as it was at ")
	term.await(t, at, "2 of 2 workers serve")
}

// A terminal that is too low shows the beginning, and says so; one that grows
// shows more.
func TestWatchInALowTerminal(t *testing.T) {
	s := serveStatus(t)
	term, _ := watchInTerminal(t, "--api=unix:"+s.socket)
	at := term.await(t, 0, "SLOT")
	resize(t, term.master, 5, 60)
	at = term.await(t, at, " more: the terminal is too low)")
	resize(t, term.master, 50, 200)
	term.await(t, at, "SLOT")
}

func resize(t *testing.T, f *os.File, rows, columns uint16) {
	t.Helper()
	raw, err := f.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns})
	})
	if err := errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
}

// A server that is not there may come.
func TestWatchNobody(t *testing.T) {
	p := start(t, "status", "--watch", "--api=unix:"+filepath.Join(t.TempDir(), "nobody"))
	for range 2 {
		p.await(t, "no such file or directory")
	}
	p.signal(t, syscall.SIGINT)
	if status := p.wait(t); status != 0 {
		t.Errorf("status %d", status)
	}
}

// A node that is not there any more is told of for a while, unless it was only
// not heard; one that begins anew is another node.
func TestWatchNodesThatGo(t *testing.T) {
	w := watch{screen: new(screen)}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	look := func(after time.Duration, s *workerapi.Status, failed error) string {
		now = now.Add(after)
		return w.look(now, s, failed)
	}
	both, one := someStatus(), someStatus()
	one.Nodes = one.Nodes[:1]
	const gone = "node 65535 (tw?o) has been gone since 03:04:06\n"
	if got := look(0, both, nil); strings.Contains(got, "gone") || !strings.HasPrefix(got, "03:04:05\nioserver 1.2.3") {
		t.Errorf("\n%s", got)
	}
	if got := look(time.Second, one, nil); !strings.HasPrefix(got, "03:04:06\n"+gone+"ioserver 1.2.3") {
		t.Errorf("\n%s", got)
	}
	if got := look(time.Second, nil, errors.New("status: nobody listens")); got != "03:04:07 status: nobody listens\n" {
		t.Errorf("\n%s", got)
	}
	w.screen.terminal = true
	if got := look(time.Second, nil, errors.New("status: nobody listens")); !strings.HasPrefix(got, "03:04:08 status: nobody listens\nas it was at 03:04:06:\n"+gone+"ioserver 1.2.3") {
		t.Errorf("\n%s", got)
	}
	if got := look(goneFor-2*time.Second, one, nil); !strings.Contains(got, gone) {
		t.Errorf("\n%s", got)
	}
	if got := look(time.Second, one, nil); strings.Contains(got, "gone") {
		t.Errorf("\n%s", got)
	}
	look(time.Second, both, nil)
	if got := look(time.Second, one, nil); !strings.Contains(got, "has been gone") {
		t.Errorf("\n%s", got)
	}
	if got := look(time.Second, both, nil); strings.Contains(got, "gone") {
		t.Errorf("\n%s", got)
	}
	anew := someStatus()
	anew.Nodes[1].Boot = "ff"
	if got := look(time.Second, anew, nil); strings.Count(got, "has been gone") != 1 {
		t.Errorf("\n%s", got)
	}
	for i := range 2 * goneShown {
		s := someStatus()
		s.Nodes[1].Boot = strconv.Itoa(i)
		if got := look(time.Second, s, nil); strings.Count(got, "has been gone") != min(i+2, goneShown) {
			t.Errorf("%d:\n%s", i, got)
		}
	}
}

package cluster

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/cluster/procfs"
)

// TestListensOnlyWhereAsked finds every TCP port that any process listens at:
// the addresses given, and the broker's one on loopback.
func TestListensOnlyWhereAsked(t *testing.T) {
	t.Parallel()
	n := serve(t, "--demo", "--listen=127.0.0.1:0", "--listen=127.0.0.2:0", "--listen=unix:"+filepath.Join(t.TempDir(), "socket"))
	gatherAndPart(t, n)
	asked := []string{n.Addr}
	for _, l := range n.Lines(func(l node.Line) bool { return l.Fields == nil }) {
		if m := regexp.MustCompile(`127\.0\.0\.2:\d+`).FindString(l.Text); m != "" {
			asked = append(asked, m)
		}
	}
	pids, err := n.Processes()
	if err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		at, err := procfs.Listening(pid)
		if err != nil {
			t.Fatal(err)
		}
		switch pid {
		case n.PID():
			if len(at) != 2 || len(asked) != 2 {
				t.Errorf("the master listens at %v, asked for %v", at, asked)
			}
			for _, a := range at {
				if !slices.Contains(asked, a.String()) {
					t.Errorf("the master listens at %v", a)
				}
			}
		case broker(t, n):
			if len(at) != 1 || !at[0].Addr().IsLoopback() {
				t.Errorf("the broker listens at %v", at)
			}
		default:
			if len(at) != 0 {
				t.Errorf("process %d listens at %v", pid, at)
			}
		}
	}
}

// TestParserOfListening shows that the test above would see a port.
func TestParserOfListening(t *testing.T) {
	t.Parallel()
	url, _ := runNATS(t, "127.0.0.1:0")
	nats := netip.MustParseAddrPort(strings.Split(url, "@")[1])
	own, err := procfs.Listening(os.Getpid())
	if err != nil || !slices.Contains(own, nats) {
		t.Errorf("listening at %v, found %v, %v", nats, own, err)
	}
}

var title = regexp.MustCompile(`^ioserver: (broker|worker [0-7])$`)

// TestNoSecretsInSight looks at the arguments and the environment of every
// process, which others on the machine may read: there is nothing but what the
// caller gave the master, and of that no setting of ioserver's own. The password
// in the bus's URL is not told or logged either.
func TestNoSecretsInSight(t *testing.T) {
	t.Parallel()
	nats, _ := runNATS(t, "127.0.0.1:0")
	for _, c := range []struct {
		name string
		env  []string
	}{
		{"bus of its own", nil},
		{"the user's NATS", []string{"IOSERVER_NATS=" + nats}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := serveWith(t, c.env)
			gatherAndPart(t, n)
			masters, err := procfs.Environment(n.PID())
			if err != nil {
				t.Fatal(err)
			}
			pids, err := n.Processes()
			if err != nil {
				t.Fatal(err)
			}
			for _, pid := range pids {
				if pid != n.PID() {
					looksClean(t, pid, masters)
				}
			}
			stop(t, n)
			if strings.Contains(n.Log(), "hush") {
				t.Error("the password is in the log")
			}
		})
	}
}

func looksClean(t *testing.T, pid int, masters []string) {
	t.Helper()
	args, err := procfs.Arguments(pid)
	if err != nil || len(args) != 1 || !title.MatchString(args[0]) {
		t.Errorf("process %d: arguments %q, %v", pid, args, err)
	}
	env, err := procfs.Environment(pid)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range env {
		if strings.HasPrefix(v, "IOSERVER_") || !slices.Contains(masters, v) {
			t.Errorf("process %d: environment has %q", pid, v)
		}
	}
}

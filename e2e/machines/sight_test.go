package machines

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/broker/embedded"
	"github.com/ioserver/ioserver/e2e/cluster/procfs"
)

// TestNothingMoreInSight: machines that are a cluster listen where they were asked
// to, and on loopback; and what they share is in no argument, no environment, no
// log, and no page of theirs.
func TestNothingMoreInSight(t *testing.T) {
	t.Parallel()
	const secret = "a secret of three machines"
	w := newEmbeddedWorld(t, secretFile(t, secret), [3]int{1, 0, 2}, newCertificates(t).flags()...)
	derived, err := embedded.RouteSecret("default", secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range w.hosts {
		pids, err := h.Processes()
		if err != nil {
			t.Fatal(err)
		}
		loopback := 0
		asked := []string{fmt.Sprintf("%s:%d", h.Machine.Addr, listenPort), fmt.Sprintf("%s:%d", h.Machine.Addr, apiPort), fmt.Sprintf("[::]:%d", clusterPort)}
		found := make(map[string]bool)
		texts := map[string]string{"the log": h.Log()}
		for _, pid := range pids {
			at, err := procfs.Listening(pid)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range at {
				switch {
				case slices.Contains(asked, a.String()):
					found[a.String()] = true
				case a.Addr().IsLoopback():
					loopback++
				default:
					t.Errorf("process %d of %s listens at %v", pid, h.Name, a)
				}
			}
			for name, of := range map[string]func(int) ([]string, error){"arguments": procfs.Arguments, "environment": procfs.Environment} {
				list, err := of(pid)
				if err != nil {
					t.Fatal(err)
				}
				texts[fmt.Sprint("the ", name, " of process ", pid)] = strings.Join(list, "\n")
			}
		}
		if len(found) != len(asked) || loopback != 1 {
			t.Errorf("%s listens at %v, and at %d ports of loopback", h.Name, found, loopback)
		}
		for _, page := range []string{"/api/status", "/metrics"} {
			b, err := h.ask(page)
			if err != nil {
				t.Fatal(err)
			}
			texts[page] = string(b)
		}
		for name, text := range texts {
			if text == "" || strings.Contains(text, secret) || strings.Contains(text, derived) || strings.Contains(text, "PRIVATE KEY") {
				t.Errorf("%s: a secret is in %s, or nothing (%d bytes)", h.Name, name, len(text))
			}
		}
	}
}

package browser

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/driver"
)

// scriptTimeout bounds a script that starts Chromium; it ends early.
const scriptTimeout = 3 * time.Minute

// serve starts the binary. It has to end well with the test.
func serve(t *testing.T, flags ...string) *node.Node {
	t.Helper()
	n, err := node.Start(*program, nil, flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of the server:\n%s", n.Log())
		}
	})
	return n
}

// chromium is where the browser is.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"/usr/bin/chromium", "chromium", "chromium-browser"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium here: apt-get install chromium (scripts/test.sh does it)")
	return ""
}

// drive runs one of the scripts and makes a subtest of everything that it has
// checked.
func drive(t *testing.T, script string, input map[string]any) {
	t.Helper()
	input["chromium"] = chromium(t)
	ctx, cancel := context.WithTimeout(t.Context(), scriptTimeout)
	defer cancel()
	var outcome struct{ Results []driver.Result }
	if err := driver.Run(ctx, ".", script, input, &outcome); err != nil {
		t.Fatal(err)
	}
	if len(outcome.Results) == 0 {
		t.Error("nothing was checked")
	}
	driver.Report(t, outcome.Results)
}

func url(n *node.Node) string { return "http://" + n.Addr + "/" }

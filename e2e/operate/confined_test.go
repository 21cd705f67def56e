package operate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWorkersAreConfined: who breaks into a worker is no administrator, even where
// one started the server, and no program makes it one.
func TestWorkersAreConfined(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("there is nothing to give up but for root")
	}
	p := start(t, setup{program: plain, flags: []string{"--listen=127.0.0.1:0", "--demo"}})
	echo(t, p.serves(t), 12)
	for _, worker := range []string{"ioserver-w0", "ioserver-w1"} {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", p.children(t)[worker]))
		if err != nil || len(threads) == 0 {
			t.Fatalf("%s: %v", worker, err)
		}
		for _, thread := range threads {
			b, err := os.ReadFile(thread)
			if os.IsNotExist(err) {
				continue
			}
			for _, line := range []string{"CapPrm:\t0000000000000000\n", "CapEff:\t0000000000000000\n", "NoNewPrivs:\t1\n"} {
				if !strings.Contains(string(b), line) {
					t.Errorf("%s: not %q in %s", worker, line, b)
				}
			}
		}
	}
	p.stop(t)
}

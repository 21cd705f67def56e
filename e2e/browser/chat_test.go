package browser

import (
	"testing"

	"github.com/ioserver/ioserver/e2e/cluster/node"
)

// TestChat has two tabs chat across workers, and kills the worker of one,
// twice.
func TestChat(t *testing.T) {
	n := serve(t, "--workers=4", "--demo", "--balance=round-robin")
	drive(t, "chat.mjs", map[string]any{"url": url(n), "master": n.PID()})
	if served := n.Lines(func(l node.Line) bool { return l.Says("worker serves") }); len(served) != 6 {
		t.Errorf("%d workers have served, want 4 and two successors", len(served))
	}
}

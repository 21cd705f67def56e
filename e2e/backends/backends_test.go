package backends

import (
	"context"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ioserver/ioserver/e2e/cluster/node"
	"github.com/ioserver/ioserver/e2e/driver"
)

// TestChat has official clients of each version chat.
func TestChat(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			n := w.start(t, "--workers=4", "--balance=round-robin")
			drive(t, "chat.mjs", map[string]any{"url": "http://" + n.Addr})
		})
	}
}

// TestWorkerIsKilled has them know who is still there.
func TestWorkerIsKilled(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			n := w.start(t, "--workers=4", "--balance=round-robin")
			serves, err := n.Await(patience, func(l node.Line) bool { return l.Says("worker serves") && l.Int("slot") == 1 })
			if err != nil {
				t.Fatal(err)
			}
			drive(t, "presence.mjs", map[string]any{"url": "http://" + n.Addr, "worker": serves.Int("pid"), "tells": w.tells})
		})
	}
}

// TestOneOfTwoIsKilled kills one of two processes of the application under load:
// nothing is handled or answered twice, what it has heard times out, and all the
// rest goes on.
func TestOneOfTwoIsKilled(t *testing.T) {
	n, processes := overNATS(t, 2, "--workers=8", "--backend-timeout=2s")
	drive(t, "killed.mjs", map[string]any{"url": "http://" + n.Addr, "pid": processes[1].pid})
}

func drive(t *testing.T, script string, input map[string]any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	var outcome struct {
		Results            []driver.Result
		Answered, TimedOut int
	}
	if err := driver.Run(ctx, ".", script, input, &outcome); err != nil {
		t.Fatal(err)
	}
	driver.Report(t, outcome.Results)
	if outcome.Answered > 0 {
		t.Logf("%d answered, %d timed out", outcome.Answered, outcome.TimedOut)
	}
}

// TestForty counts lines that are neither empty nor a comment or an import.
func TestForty(t *testing.T) {
	other := regexp.MustCompile(`(?m)^\s*(//.*|#.*|""".*|import .*|from .*|package .*)?$\n?`)
	imports := regexp.MustCompile(`(?s)\nimport \(.*?\n\)\n`)
	for _, name := range []string{"nodejs/chat.mjs", "python/chat.py", "chat/main.go"} {
		code := imports.ReplaceAllString(string(read(t, filepath.Join(examples, name))), "\n")
		code = other.ReplaceAllString(code, "")
		if lines := strings.Count(code, "\n"); lines > 40 || lines < 10 {
			t.Errorf("%s: %d lines", name, lines)
		}
	}
}

// TestSamePackages has the examples' packages be those that are tested.
func TestSamePackages(t *testing.T) {
	version := func(file, name string) string {
		var p struct{ Dependencies map[string]string }
		if err := json.Unmarshal(read(t, file), &p); err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(p.Dependencies[name], "npm:socket.io-client@")
	}
	for _, x := range []struct{ example, name, ours string }{{"nodejs", "nats", "nats"}, {"client", "socket.io-client", "socket.io-client-4"}} {
		theirs, ours := version(filepath.Join(examples, x.example, "package.json"), x.name), version("../package.json", x.ours)
		if theirs != ours || theirs == "" {
			t.Errorf("%s is %q in the example, %q here", x.name, theirs, ours)
		}
	}
}
